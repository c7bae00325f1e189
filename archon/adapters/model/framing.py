"""Where one event of a stream ends and the next begins, however the bytes arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from archon.adapters.model.reading import broken

LARGEST_REPLY_BYTES = 64 * 1024 * 1024


class Frames(Protocol):
    """Cuts a stream into its events. What is not ended is never given out."""

    def feed(self, data: bytes) -> Iterator[str]:
        """The text of each event that `data` completes. Raises: ModelReplyBroken."""
        ...


@dataclass
class Lines:
    """One event a line: newline-delimited JSON."""

    _rest: list[bytes] = field(default_factory=list)
    _seen_bytes: int = 0

    def feed(self, data: bytes) -> Iterator[str]:
        for line in self.lines(data):
            if line.strip():
                yield line

    def lines(self, data: bytes) -> Iterator[str]:
        """Every line that `data` completes, blank ones included, without its end."""
        self._seen_bytes += len(data)
        if self._seen_bytes > LARGEST_REPLY_BYTES:
            raise broken(f"it is longer than {LARGEST_REPLY_BYTES} bytes")
        self._rest.append(data)
        if b"\n" not in data:
            return
        *complete, rest = b"".join(self._rest).split(b"\n")
        self._rest = [rest]
        for line in complete:
            yield _decoded(line.removesuffix(b"\r"))


@dataclass
class ServerSentEvents:
    """The data of each event; names, ids and comments are left out.

    Source: WHATWG HTML, section 9.2.6 (without lone carriage returns, which no provider sends).
    """

    _lines: Lines = field(default_factory=Lines)
    _data: list[str] = field(default_factory=list)

    def feed(self, data: bytes) -> Iterator[str]:
        for line in self._lines.lines(data):
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
            elif not line and self._data:
                yield "\n".join(self._data)
                self._data = []


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise broken("text that is not UTF-8") from None
