"""Where one event of a stream ends and the next begins, however the bytes arrive."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from archon.adapters.model.reading import broken

LARGEST_REPLY_BYTES = 64 * 1024 * 1024
LARGEST_LINE_BYTES = 16 * 1024 * 1024
"""Of one event: it is held several times while it is read."""


class Frames(Protocol):
    """Cuts a stream into its events. What is not ended is never given out."""

    def feed(self, data: bytes) -> Iterator[str]:
        """The text of each event that `data` completes. Raises: ModelReplyBroken."""
        ...


@dataclass
class Lines:
    """One event a line: newline-delimited JSON. A byte order mark at the beginning is passed over."""

    _rest: list[bytes] = field(default_factory=list)
    _rest_bytes: int = 0
    _seen_bytes: int = 0
    _is_begun: bool = False

    def feed(self, data: bytes) -> Iterator[str]:
        for line in self.lines(data):
            if line.strip():
                yield line

    def lines(self, data: bytes) -> Iterator[str]:
        """Every line that `data` completes, blank ones included, without its end."""
        self._seen_bytes += len(data)
        self._rest_bytes += len(data)
        if self._seen_bytes > LARGEST_REPLY_BYTES:
            raise broken(f"it is longer than {LARGEST_REPLY_BYTES} bytes")
        if self._rest_bytes > LARGEST_LINE_BYTES + len(data):
            raise broken(f"one event of it is longer than {LARGEST_LINE_BYTES} bytes")
        self._rest.append(data)
        if b"\n" not in data:
            return
        *complete, rest = b"".join(self._rest).split(b"\n")
        self._rest, self._rest_bytes = [rest], len(rest)
        if not self._is_begun:
            self._is_begun, complete[0] = True, complete[0].removeprefix(BOM_UTF8)
        for line in complete:
            yield _decoded(line.removesuffix(b"\r"))


@dataclass
class ServerSentEvents:
    """The data of each event; names, ids and comments are left out.

    Source: WHATWG HTML, section 9.2.6.
    """

    _lines: Lines = field(default_factory=Lines)
    _data: list[str] = field(default_factory=list)
    _is_after_return: bool = False

    def feed(self, data: bytes) -> Iterator[str]:
        for line in self._lines.lines(self._with_newlines(data)):
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            elif not line and self._data:
                event, self._data = "\n".join(self._data), []
                if event.strip():  # one that is empty is a sign of life
                    yield event

    def _with_newlines(self, data: bytes) -> bytes:
        """The same with each end of a line, however it is written, as one newline."""
        if self._is_after_return and data:
            data = data.removeprefix(b"\n")
            self._is_after_return = False
        if b"\r" not in data:
            return data
        self._is_after_return = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise broken("text that is not UTF-8") from None
