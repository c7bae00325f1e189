"""All that runs in a sandbox, got hold of through its guard."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

GRACE_S = 5
"""How long the guard may take to end everything, before it is killed itself."""


class Guarded:
    """Two pipes: what is written to `control` (its end, at that) ends all; `life` ends with all.

    Neither depends on anything that a command can do: see `guard.py`.
    """

    def __init__(self) -> None:
        self.control, self._hold = os.pipe2(os.O_CLOEXEC)
        self._watch, self.life = os.pipe2(os.O_CLOEXEC)
        self._loop = asyncio.get_running_loop()
        self._last_resort: asyncio.TimerHandle | None = None

    @property
    def descriptors(self) -> tuple[int, int]:
        """The guard's ends."""
        return self.control, self.life

    def kill(self, pid: int) -> None:
        self._let_go()
        if self._last_resort is None:
            self._last_resort = self._loop.call_later(GRACE_S, _killed, pid)

    async def ended(self) -> None:
        self._let_go()
        gone = asyncio.Event()
        self._loop.add_reader(self._watch, gone.set)
        try:
            await gone.wait()
        finally:
            self._loop.remove_reader(self._watch)

    def close(self) -> None:
        if self._last_resort is not None:
            self._last_resort.cancel()
        self._let_go()
        os.close(self._watch)

    def _let_go(self) -> None:
        for descriptor in (self.control, self._hold, self.life):
            if descriptor >= 0:
                os.close(descriptor)
        self.control = self._hold = self.life = -1


def _killed(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
