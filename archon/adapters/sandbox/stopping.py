"""What ends commands from outside, and which of it comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Literal, TypeAlias

StoppedBy: TypeAlias = Literal["", "time", "close", "stop", "memory", "disk"]
"""Empty for what ended by itself."""


async def first_of(reasons: Iterable[tuple[StoppedBy, Coroutine[Any, Any, object]]]) -> StoppedBy:
    """The name of what returns first; all others are cancelled."""
    tasks = {asyncio.ensure_future(each): name for name, each in reasons}
    try:
        done, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        for each in done:
            each.result()
        return tasks[done.pop()]
    finally:
        for each in tasks:
            each.cancel()


async def stopped_by(
    end: asyncio.Future[Any], watcher: asyncio.Future[StoppedBy], timeout_s: float
) -> StoppedBy:
    """Wait for the end; what came before it, if anything did."""
    done, _ = await asyncio.wait((end, watcher), timeout=timeout_s, return_when="FIRST_COMPLETED")
    if end in done:
        return ""
    return watcher.result() if watcher in done else "time"
