"""Keeps the first part of what a process prints and reads the rest away."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass

_PIPE_BYTES = 1 << 20
_READ_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Kept:
    data: bytes
    is_truncated: bool


class OutputPipe:
    """A pipe read by the running event loop, without a thread, until it is finished."""

    def __init__(
        self,
        *,
        keep_bytes: int,
        owner: int | None,
        heard: Callable[[bytes], asyncio.Event | None] | None = None,
    ) -> None:
        """`owner` is the user id that may open the pipe again by name, as /dev/stdout does.

        `heard` gets all that comes, as it comes; what it returns is waited for before more is read.
        """
        self._reader, self.writer = os.pipe2(os.O_CLOEXEC)
        self._room = keep_bytes
        self._heard = heard
        self._data = bytearray()
        self._is_truncated = False
        os.set_blocking(self._reader, False)
        with contextlib.suppress(PermissionError):  # the user's pipes hold too much already: a smaller one
            fcntl.fcntl(self._reader, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        if owner is not None:
            os.fchown(self.writer, owner, owner)
        self._pausing: asyncio.Future[None] | None = None
        self._is_finishing = False
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._reader, self._take)

    def finish(self) -> Kept:
        """What was kept. Reads what still lies in the pipe, but waits for nobody who holds it open."""
        self._stop()
        self._is_finishing = True
        left = _PIPE_BYTES
        while left > 0 and (taken := self._take()):
            left -= taken
        return Kept(bytes(self._data), self._is_truncated)

    async def _go_on_after(self, pause: asyncio.Event) -> None:
        await pause.wait()
        self._loop.add_reader(self._reader, self._take)

    def _stop(self) -> None:
        if self._pausing is not None:
            self._pausing.cancel()
        self._loop.remove_reader(self._reader)

    def close_writer(self) -> None:
        """Let go of the end that now belongs to the process."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def close(self) -> None:
        self._stop()
        os.close(self._reader)
        self.close_writer()

    def _take(self) -> int:
        try:
            data = os.read(self._reader, _READ_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            self._loop.remove_reader(self._reader)
        pause = self._heard(data) if self._heard is not None and data else None
        if pause is not None and not self._is_finishing:
            self._loop.remove_reader(self._reader)
            self._pausing = asyncio.ensure_future(self._go_on_after(pause))
        self._is_truncated |= len(data) > self._room
        self._data += data[: self._room]
        self._room -= min(self._room, len(data))
        return len(data)
