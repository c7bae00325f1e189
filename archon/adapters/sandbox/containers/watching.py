"""Waits for the first reason to end a command."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from archon.adapters.sandbox.tree import overrun
from archon.domain.execution import SandboxLimits

_LOOK_EVERY_S = 0.05


async def first_of(*reasons: Coroutine[Any, Any, object]) -> None:
    """Return as soon as one of them has, and cancel the others."""
    tasks = [asyncio.ensure_future(reason) for reason in reasons]
    try:
        await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
    finally:
        for task in tasks:
            task.cancel()


async def overrun_by(pid_file: Path, limits: SandboxLimits) -> None:
    """Return as soon as the container, whose first process the engine writes down, is over its limits."""
    while True:
        pid = _written(pid_file)
        if pid is not None:
            return await overrun(pid, limits)
        await asyncio.sleep(_LOOK_EVERY_S)


def _written(pid_file: Path) -> int | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int(pid_file.read_text())
    return None
