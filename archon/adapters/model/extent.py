"""Where a JSON value that arrives in pieces ends, with each piece read once."""

from __future__ import annotations

import re

_OUTSIDE, _INSIDE = re.compile(r'["{}\[\]]'), re.compile(r'["\\]')


class Extent:
    """Follows the braces of an object, and says nothing of whether it is well formed in between."""

    def __init__(self) -> None:
        self._depth = 0
        self._is_begun = self._is_text = self._is_escaped = False

    @property
    def is_closed(self) -> bool:
        """Whether every brace that was opened is closed, and there was one."""
        return self._is_begun and self._depth <= 0 and not self._is_text

    def read(self, piece: str) -> None:
        """Go on with the next piece."""
        at = 0
        while at < len(piece):
            if self._is_escaped:
                self._is_escaped, at = False, at + 1
                continue
            mark = (_INSIDE if self._is_text else _OUTSIDE).search(piece, at)
            if mark is None:
                return
            self._take(mark[0])
            at = mark.end()

    def _take(self, mark: str) -> None:
        if mark == "\\":
            self._is_escaped = True
        elif mark == '"':
            self._is_text = not self._is_text
        elif mark in "{[":
            self._depth, self._is_begun = self._depth + 1, True
        else:
            self._depth -= 1
