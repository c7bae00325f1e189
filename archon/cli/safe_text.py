"""Text of models and programs, made harmless for a terminal."""

from __future__ import annotations

_KEPT = {"\n", "\t"}


def printable(text: str) -> str:
    """The text with every control character but newline and tab shown, not sent: no escape gets through.

    Bidirectional overrides count as controls, since they make text read as something else.
    """
    return "".join(char if _is_harmless(char) else _shown(char) for char in text)


def _is_harmless(char: str) -> bool:
    if char in _KEPT:
        return True
    code = ord(char)
    is_control = code < 0x20 or 0x7F <= code < 0xA0 or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return not is_control and not 0xD800 <= code <= 0xDFFF


def _shown(char: str) -> str:
    if char == "\r":
        return "␍"
    if char == "\x1b":
        return "␛"
    return "�"
