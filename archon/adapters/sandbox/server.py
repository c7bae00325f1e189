"""A program inside that goes on beside other commands."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from archon.domain.execution import ExecResult


class SpawnedServer:
    def __init__(self, running: asyncio.Task[ExecResult], stop: asyncio.Event) -> None:
        self._running = running
        self._stop = stop

    async def wait(self) -> ExecResult:
        return await asyncio.shield(self._running)

    async def stop(self) -> ExecResult:
        self._stop.set()
        return await self.wait()


class Servers:
    """Those of one sandbox that still run."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[ExecResult]] = set()

    def add(self, run: Coroutine[None, None, ExecResult], stop: asyncio.Event) -> SpawnedServer:
        """Start it; `stop` ends it when it is set."""
        running = asyncio.create_task(run)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        running.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody need ask
        return SpawnedServer(running, stop)

    async def ended(self) -> None:
        """Return when all have ended, in whatever way."""
        if self._running:
            await asyncio.wait(self._running)
