"""Looks whether what plays models here can be played, before anything begins that needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from archon.ports.model import Checked
from archon.services.platform import Platform

PLAYED_HERE = ("scripted/", "manual/")


async def check_models(platform: Platform, names: Iterable[str]) -> None:
    """Look at the scripts and folders among the models; no provider is asked.

    Raises: ConfigurationError for the first of them that could not answer.
    """
    for name in dict.fromkeys(names):
        model = platform.models.open(name) if name.startswith(PLAYED_HERE) else None
        if isinstance(model, Checked):
            await asyncio.to_thread(model.check)
