"""Works that run beside each other for as long as something moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from archon.adapters.sandbox.egress.limits import Limits


class Idle:
    """A time limit that begins anew with everything that moves."""

    def __init__(self, limits: Limits, timeout: asyncio.Timeout) -> None:
        self._limits = limits
        self._timeout = timeout
        self._seconds = limits.idle_s

    def moved(self) -> None:
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._seconds)

    def half_closed(self) -> None:
        """One side has ended its part."""
        self._seconds = self._limits.half_closed_s
        self.moved()


@asynccontextmanager
async def no_longer_than_idle(limits: Limits) -> AsyncIterator[Idle]:
    """Raises: TimeoutError when nothing has moved for too long."""
    async with asyncio.timeout(limits.idle_s) as timeout:
        yield Idle(limits, timeout)


async def together(*works: Coroutine[None, None, None], until: str = asyncio.FIRST_EXCEPTION) -> None:
    """Run them beside each other until all are done, or (`FIRST_COMPLETED`) one is; then end the others.

    Raises: the first of them that failed, in the order of the arguments.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=until)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done:
            task.result()
