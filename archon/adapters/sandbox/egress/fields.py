"""The header of an HTTP message: its lines, what is for this hop alone, and where the body ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

Fields: TypeAlias = tuple[tuple[str, str], ...]
"""Names as they were written, with their values."""

_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)")
_LENGTH = re.compile(r"[0-9]{1,15}")
_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}
"""With the two that say where the body ends: the proxy writes those anew."""


class Ambiguous(ValueError):
    """A header that two readers could understand differently; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Framing:
    """Where a body ends: chunked, after so many bytes, or (both unset) where the message's kind says."""

    is_chunked: bool = False
    length: int | None = None

    @property
    def line(self) -> str:
        """The header line that says it, or nothing."""
        if self.is_chunked:
            return "Transfer-Encoding: chunked\r\n"
        return "" if self.length is None else f"Content-Length: {self.length}\r\n"


def lines_of(head: bytes) -> list[str]:
    """The lines of a header that ends with an empty one, which is left out. Raises: Ambiguous."""
    lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    if any(char in line for line in lines for char in "\r\n\0"):
        raise Ambiguous("a line does not end in CR LF, or holds a NUL")
    return lines


def parse(lines: list[str]) -> Fields:
    """Raises: Ambiguous for folded lines, blanks before the colon and control characters."""
    return tuple(_field(line) for line in lines)


def values(fields: Fields, name: str) -> list[str]:
    return [value for each, value in fields if each.lower() == name]


def end_to_end(fields: Fields) -> Fields:
    """Without what is meant for this hop alone, what `Connection` names, and what is for proxies."""
    named = {each.strip().lower() for value in values(fields, "connection") for each in value.split(",")}
    dropped = named | _HOP
    return tuple(
        (name, value)
        for name, value in fields
        if name.lower() not in dropped and not name.lower().startswith("proxy-")
    )


def written(fields: Fields) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in fields)


def framing(fields: Fields) -> Framing:
    """Raises: Ambiguous when the header says it twice, or in a way that this proxy does not read."""
    lengths, encodings = values(fields, "content-length"), values(fields, "transfer-encoding")
    if len(lengths) + len(encodings) > 1:
        raise Ambiguous("it says more than once where its body ends")
    if encodings and encodings[0].lower() != "chunked":
        raise Ambiguous("its Transfer-Encoding is not chunked")
    if lengths and not _LENGTH.fullmatch(lengths[0]):
        raise Ambiguous("its Content-Length is no number")
    return Framing(is_chunked=bool(encodings), length=int(lengths[0]) if lengths else None)


def _field(line: str) -> tuple[str, str]:
    if line[:1] in {" ", "\t"}:
        raise Ambiguous("a header line is folded")
    field = _FIELD.fullmatch(line)
    if field is None:
        raise Ambiguous("a header line is no NAME: VALUE")
    return field[1], field[2].strip(" \t")
