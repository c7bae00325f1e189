"""Watches a container that the engine keeps no limits for."""

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
        pid = _written(pid_file)
        if pid is not None:
            return await overrun(pid, limits)
        await asyncio.sleep(_LOOK_EVERY_S)


def _written(pid_file: Path) -> int | None:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return int(pid_file.read_text())
    return None
