"""Watches a container from outside, by the process id that the engine writes down."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from archon.adapters.sandbox.tree import overrun
from archon.domain.execution import SandboxLimits

_LOOK_EVERY_S = 0.05


async def overrun_by(pid_file: Path, limits: SandboxLimits) -> None:
    """Return as soon as the container, whose first process the engine writes down, is over its limits."""
    while True:
        for pid in written(pid_file):
            return await overrun(pid, limits)
        await asyncio.sleep(_LOOK_EVERY_S)


def written(pid_file: Path) -> list[int]:
    """The process id in a file; none before the engine has written it."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        return [int(pid_file.read_text())]
    return []
