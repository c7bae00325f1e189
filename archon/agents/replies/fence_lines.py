"""Finds the lines of a text that open or close a fenced block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BODY = r"([ \t]*+)(`{3,}(?=[^`\n]*$)|~{3,})([^\n]*)$"
_FENCE = re.compile(rf"^{_BODY}", re.MULTILINE)
_FENCE_HERE = re.compile(_BODY, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fence:
    start: int
    """Where its line begins."""
    end: int
    """Where its line ends, before the line break."""
    indent: int
    mark: str
    info: str
    """What stands behind the mark, such as `python main.py`."""

    def may_close(self, opening: Fence) -> bool:
        """Whether it could end that block, were it bare."""
        same_mark = self.mark[0] == opening.mark[0] and len(self.mark) >= len(opening.mark)
        return same_mark and self.indent <= opening.indent + 3


def fence_here(text: str, position: int) -> Fence | None:
    """The fence that begins at a place, which need not be the start of a line."""
    return _fence(_FENCE_HERE.match(text, position))


def next_fence(text: str, position: int) -> Fence | None:
    """The first fence that begins a line from a place on."""
    return _fence(_FENCE.search(text, position))


def _fence(match: re.Match[str] | None) -> Fence | None:
    if match is None:
        return None
    indent = len(match[1].expandtabs(4))
    return Fence(match.start(), match.end(), indent, match[2], match[3].strip())


def closers(text: str, opening: Fence, position: int) -> Iterator[Fence]:
    """The fences from a place on that could end a block, were they bare."""
    while (fence := next_fence(text, position)) is not None:
        if fence.may_close(opening):
            yield fence
        position = fence.end + 1
