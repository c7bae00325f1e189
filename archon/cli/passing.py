"""Passes a command's output on as it comes: to a terminal without what could act on it."""

from __future__ import annotations

import asyncio
import codecs
import sys
from collections.abc import Callable
from typing import BinaryIO, Literal

from archon.cli.safe_text import printable


class Passing:
    """What is heard goes to this program's own stdout and stderr, byte for byte unless a person looks on."""

    def __init__(self, *, is_raw: bool) -> None:
        """`is_raw` leaves output to a terminal as it is."""
        self.broken = asyncio.Event()
        """Set when nobody reads any more what is passed on."""
        self._streams = {
            "stdout": _stream(sys.stdout.buffer, is_raw),
            "stderr": _stream(sys.stderr.buffer, is_raw),
        }

    def hear(self, name: Literal["stdout", "stderr"], piece: bytes) -> None:
        try:
            self._streams[name].pass_on(piece)
        except BrokenPipeError:
            self.broken.set()

    def finish(self) -> None:
        """Pass on what may still be the beginning of a character."""
        self.hear("stdout", b"")
        self.hear("stderr", b"")


class _Stream:
    def __init__(self, out: BinaryIO, change: Callable[[bytes], bytes]) -> None:
        self._out = out
        self._change = change

    def pass_on(self, piece: bytes) -> None:
        self._out.write(self._change(piece))
        self._out.flush()


def _stream(out: BinaryIO, is_raw: bool) -> _Stream:
    if is_raw or not out.isatty():
        return _Stream(out, lambda piece: piece)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return _Stream(out, lambda piece: printable(decoder.decode(piece, final=not piece)).encode())
