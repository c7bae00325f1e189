"""Passes a command's output on as it comes: to a terminal without what could act on it."""

from __future__ import annotations

import asyncio
import codecs
import queue
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, Literal

from archon.cli.safe_text import printable

_MOST_WAITING_BYTES = 1 << 22
"""How much may wait for whoever reads, before the command has to wait."""


class Passing:
    """What is heard goes to this program's own stdout and stderr, byte for byte unless a person looks on.

    A thread writes, so that a reader who takes his time holds up no time-out and no limit.
    """

    def __init__(self, *, is_raw: bool) -> None:
        """`is_raw` leaves output to a terminal as it is. Needs a running loop."""
        self.broken = asyncio.Event()
        """Set when nobody reads any more what is passed on."""
        self._loop = asyncio.get_running_loop()
        self._taken = asyncio.Event()
        self._waiting_bytes = 0
        self._pieces: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._streams = {
            "stdout": _stream(sys.stdout.buffer, is_raw),
            "stderr": _stream(sys.stderr.buffer, is_raw),
        }
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def hear(self, name: Literal["stdout", "stderr"], piece: bytes) -> asyncio.Event | None:
        """Pass on a piece; what to wait for before the next one, if there is too much already."""
        self._waiting_bytes += len(piece)
        self._pieces.put((name, piece))
        if self._waiting_bytes < _MOST_WAITING_BYTES:
            return None
        self._taken.clear()
        return self._taken

    async def finish(self) -> None:
        """Wait until everything is written, also what may be the beginning of a character."""
        for name in ("stdout", "stderr", ""):
            self._pieces.put((name, b""))
        await asyncio.to_thread(self._writer.join)

    def _write(self) -> None:
        while (got := self._pieces.get())[0]:
            name, piece = got
            try:
                self._streams[name](piece)
            except OSError:
                self._loop.call_soon_threadsafe(self.broken.set)
                return
            self._loop.call_soon_threadsafe(self._has_written, len(piece))

    def _has_written(self, size_bytes: int) -> None:
        self._waiting_bytes -= size_bytes
        if self._waiting_bytes < _MOST_WAITING_BYTES:
            self._taken.set()


def _stream(out: BinaryIO, is_raw: bool) -> Callable[[bytes], None]:
    """What writes a piece, empty for the last. Raises: OSError when it cannot."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(piece: bytes) -> None:
        if not is_raw and out.isatty():
            piece = printable(decoder.decode(piece, final=not piece)).encode()
        out.write(piece)
        out.flush()

    return write
