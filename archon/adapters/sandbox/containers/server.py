"""A command that runs beside others in its sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from archon.domain.execution import ExecResult


class ContainerServer:
    def __init__(self, run: Callable[[asyncio.Event], Coroutine[None, None, ExecResult]]) -> None:
        """`run` runs it, and ends it when the event is set."""
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(run(self._stopping))

    async def wait(self) -> ExecResult:
        return await asyncio.shield(self._task)

    async def stop(self) -> ExecResult:
        self._stopping.set()
        return await self.wait()

    async def ended(self) -> None:
        """Return when it has ended in whatever way: nobody may be left to be told."""
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.exception()
