"""Line ends and other signs that were escaped once too often, or once too seldom, on their way."""

from __future__ import annotations

import re
from collections.abc import Callable

_ESCAPES = re.compile(r"\\(n|r\\n|t|\"|'|\\)")
_ESCAPED = {"n": "\n", "r\\n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\"}
_PARTS = re.compile(
    r"(?<=\w)'(?=(?:s|t|re|ve|ll|d|m)\b)|\"{3}|'{3}|\\.|(?P<quote>[\"'`])|[^\\\"'`]+|\\", re.DOTALL
)
"""An apostrophe, the quotes of a long text, an escape, a quote, or text without any."""
_LONG_QUOTES = ('"""', "'''", "`")
_LINE_END = re.compile(r"(?<![/\[(|^+*?\\])\\n(?![/\])|+*?{])")
"""Not as it stands in regular expressions."""


def has_escapes(text: str) -> bool:
    return _ESCAPES.search(text) is not None


def unescaped(text: str, *, beside: str = "") -> str:
    """The text with its escapes read; `beside` was escaped with it.

    Where quotes are not escaped themselves, what stands inside of them was not either, and stays.
    """
    if not any(found["quote"] for found in _PARTS.finditer(f"{text}\n{beside}")):
        return _read(text)
    return _changed(text, outside=_read, inside=str)


def unescaped_lines(text: str) -> str:
    """The text with its escapes read, if it is one line that holds escaped line ends."""
    return unescaped(text) if "\n" not in text.strip("\n") and "\\n" in text else text


def has_line_end_in_code(line: str) -> bool:
    """Whether an escaped line end stands outside of quotes and of what looks like a regular expression."""
    return _LINE_END.search(outside_quotes(line)) is not None


def outside_quotes(text: str) -> str:
    """The text without what stands in quotes, the quotes of long texts excepted."""
    return _changed(text, outside=str, inside=lambda _: "")


def opens_quote(old: str, new: str) -> bool:
    """Whether a line of the new text alone has a quote without its partner: a text was torn apart."""
    there = set(old.split("\n"))
    return any(line not in there and _is_odd(line) for line in new.split("\n"))


def escaped_in_quotes(text: str) -> str | None:
    """The text with line ends and tabs inside quotes spelled out; None where the quotes do not tell."""
    if any(sign in text for sign in _LONG_QUOTES):
        return None
    spelled = _changed(text, outside=str, inside=lambda part: part.replace("\n", "\\n").replace("\t", "\\t"))
    return None if any(map(_is_odd, spelled.split("\n"))) else spelled


def _read(text: str) -> str:
    return _ESCAPES.sub(lambda found: _ESCAPED[found[1]], text)


def _is_odd(line: str) -> bool:
    for sign in _LONG_QUOTES[:2]:
        line = line.replace(sign, "")
    open_quote = ""
    for quote in filter(None, (found["quote"] for found in _PARTS.finditer(line))):
        open_quote = "" if quote == open_quote else open_quote or quote
    return bool(open_quote)


def _changed(text: str, *, outside: Callable[[str], str], inside: Callable[[str], str]) -> str:
    """The text with each part outside and inside of quotes changed."""
    parts: list[str] = []
    run: list[str] = []
    quote = ""
    for found in _PARTS.finditer(text):
        part = found[0]
        if found["quote"] and quote in ("", part):
            parts += ((inside if quote else outside)("".join(run)), part)
            run, quote = [], "" if quote else part
        else:
            run.append(part)
    parts.append((inside if quote else outside)("".join(run)))
    return "".join(parts)
