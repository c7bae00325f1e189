"""Reads one quoted string of a reply, with JSON's escapes or Python's."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHUNKS = {quote: re.compile(rf"[^{quote}\\]*") for quote in ('"', "'", "”")}
_SIMPLE = {
    '"': '"', "'": "'", "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_PYTHON_ONLY = {"a": "\a", "v": "\v", "0": "\0", "\n": ""}
_HEX_DIGITS = {"u": 4}
_PYTHON_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_HEX = re.compile(r"[0-9a-fA-F]+")


class BadStringError(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StringReading:
    value: str
    end: int
    """The place behind the closing quote."""
    problem: str | None = None
    """Why the value has no single meaning, though the string has a clear end."""


def read_string(text: str, start: int, quote: str, *, is_python: bool) -> StringReading:
    """The string whose content starts at `start` and that `quote` ends. Raises: BadStringError."""
    parts: list[str] = []
    escapes: set[str] = set()
    position = start
    while True:
        chunk = _CHUNKS[quote].match(text, position)
        position = chunk.end() if chunk else position
        parts.append(text[chunk.start() : position] if chunk else "")
        if position >= len(text):
            raise BadStringError("the text in quotes never ends: it may have lost content")
        if text[position] == quote:
            return _finished(parts, escapes, text[start:position], position + 1)
        escapes.add(text[position + 1 : position + 2])
        char, position = _escape(text, position + 1, is_python)
        parts.append(char)


def _finished(parts: list[str], escapes: set[str], raw: str, end: int) -> StringReading:
    value = "".join(parts)
    if "\n" in raw and "n" in escapes:
        return StringReading(value, end, r"it mixes real line breaks and \n: write every line break as \n")
    try:
        joined = value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return StringReading(value, end, "it holds half of a surrogate pair")
    return StringReading(joined, end)


def _escape(text: str, position: int, is_python: bool) -> tuple[str, int]:
    """The character that the escape whose letter stands at `position` means, and the place behind it."""
    letter = text[position : position + 1]
    known = _SIMPLE | _PYTHON_ONLY if is_python else _SIMPLE
    if letter in known:
        return known[letter], position + 1
    width = (_PYTHON_HEX_DIGITS if is_python else _HEX_DIGITS).get(letter)
    digits = text[position + 1 : position + 1 + (width or 0)]
    if width is None or len(digits) < width or not _HEX.fullmatch(digits) or int(digits, 16) > 0x10FFFF:
        raise BadStringError(rf"the escape \{letter}{digits} is unknown: write a backslash as \\")
    return chr(int(digits, 16)), position + 1 + width
