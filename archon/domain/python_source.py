"""Tells whether a text is Python, and where its strings of several lines are, without running any of it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

MAX_CHARS = 300_000
"""How much is parsed at most: parsing holds up everything else in the process, a second for 2 MB."""

_BEFORE_LONG_STRING = re.compile(
    r"""(?:[^"'#]++|\#[^\n]*+|"(?!"")(?:[^"\\\n]|\\.)*+"?|'(?!'')(?:[^'\\\n]|\\.)*+'?)*+""", re.DOTALL
)
"""Code, comments and strings of one line."""
_IN_LONG_STRING = {
    quotes: re.compile(rf"(?:[^{quotes[0]}\\]++|\\.|{quotes[0]}(?!{quotes[1:]}))*+", re.DOTALL)
    for quotes in ('"""', "'''")
}


def python_body(source: str) -> Sequence[ast.stmt] | None:
    """The statements of a Python program; None for any other text, and for one of more than `MAX_CHARS`."""
    if len(source) > MAX_CHARS:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def parses_as_python(source: str) -> bool:
    return python_body(source) is not None


class LongStrings:
    """Follows Python that begins at a place of a text through its strings of several lines."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._position = start
        self._quotes = ""
        """With which the string began that is open at the position."""

    def hold(self, line_start: int) -> bool:
        """Whether a line begins within one; to be asked in ascending order. Each place is read once."""
        while self._position < line_start:
            pattern = _IN_LONG_STRING[self._quotes] if self._quotes else _BEFORE_LONG_STRING
            passed = pattern.match(self._text, self._position, line_start)
            self._position = passed.end() if passed else line_start
            if self._position < line_start:
                self._quotes = "" if self._quotes else self._text[self._position : self._position + 3]
                self._position += 3
        return bool(self._quotes)
