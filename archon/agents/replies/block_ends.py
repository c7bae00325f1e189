"""Tells where a fenced block ends: mostly at the next fence of its kind, but not at one that it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from archon.agents.replies.fence_lines import Fence, closers
from archon.domain.python_source import LongStrings, parses_as_python

Ending: TypeAlias = Literal["closed", "cut", "overrun", "ambiguous"]
"""How a block ends: by its fence, by the reply's end, by the next block's start, or nobody can tell."""

_PYTHON = re.compile(r"(?:python3?|py)\b|\S+\.py\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"(?:markdown|md|mdx)\b|.*\.(?:md|mdx|markdown)\b", re.IGNORECASE)
_MAX_CANDIDATES = 12
"""How many possible ends behind a string with a fence are tried; each costs one parse."""

_MAX_FENCES = 200
"""How many fences behind the start of a Python block are looked at for its end."""

_MAX_VAIN = 50
"""How many Python blocks of a reply may have no fitting end, before the next fence is taken for it."""


@dataclass(frozen=True, slots=True)
class End:
    position: int
    """The first place that is no longer content."""
    ending: Ending
    next: int
    """Where the text behind the block starts: behind its closing fence, or at the fence that overruns it."""


class BlockEnds:
    """The ends of a reply's blocks, asked for in their order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._vain = 0
        """For how many Python blocks no end was found that fits their content."""

    def find(self, opening: Fence, lead: Sequence[str]) -> End:
        """The end of a block; `lead` are the lines above it."""
        if _is_markdown(opening, lead):
            return _markdown_end(self._text, opening)
        if _PYTHON.match(opening.info) and self._vain < _MAX_VAIN:
            if end := _python_end(self._text, opening):
                return end
            self._vain += 1
        following = next(closers(self._text, opening, opening.end + 1), None)
        return _at(following) if following else _cut(self._text)


def _at(fence: Fence, ending: Ending = "closed") -> End:
    if fence.info:
        return End(fence.start, "overrun", fence.start)
    return End(fence.start, ending, fence.end + 1)


def _cut(text: str) -> End:
    return End(len(text), "cut", len(text))


def _is_markdown(opening: Fence, lead: Sequence[str]) -> bool:
    """By the fence or, where that is silent, by a Markdown file named right above."""
    if opening.info:
        return _MARKDOWN.match(opening.info) is not None
    above = next((line for line in reversed(lead) if line.strip()), "")
    return len(above) < 200 and _MARKDOWN.match(above) is not None


def _python_end(text: str, opening: Fence) -> End | None:
    """The first fence that no string of the program holds.

    Behind a string that holds one, the content has to be whole Python: perhaps its quotes are only faulty.
    """
    body = opening.end + 1
    strings = LongStrings(text, body)
    is_first, tries = True, 0
    for fence in islice(closers(text, opening, body), _MAX_FENCES):
        if strings.hold(fence.start):
            is_first = False
            continue
        if is_first:
            return _at(fence)
        tries += 1
        if not fence.info and parses_as_python(text[body : fence.start]):
            return _at(fence)
        if tries == _MAX_CANDIDATES:
            break
    return None


def _markdown_end(text: str, opening: Fence) -> End:
    """The bare fence that is not the end of a block inside."""
    inside = False
    for fence in closers(text, opening, opening.end + 1):
        if fence.info or inside:
            inside = bool(fence.info)
            continue
        following = list(islice(closers(text, opening, fence.end + 1), 2))
        verdict = _bare_fence(text, fence, following)
        if verdict != "opens":
            return _at(fence, verdict)
        inside = True
    return _cut(text)


def _bare_fence(
    text: str, fence: Fence, following: Sequence[Fence]
) -> Literal["opens", "closed", "ambiguous"]:
    """What a bare fence in a Markdown file is: the start of a block inside, or the file's end.

    It can only open one when two more bare fences follow. Then the blank lines around it tell: before an
    opening fence and after a closing one they are usual.
    """
    could_open = len(following) > 1 and not following[0].info
    if not could_open or _is_blank_line(text, fence.end + 1):
        return "closed"
    return "opens" if _is_blank_line(text, text.rfind("\n", 0, fence.start - 1) + 1) else "ambiguous"


def _is_blank_line(text: str, start: int) -> bool:
    end = text.find("\n", start)
    return not text[start : len(text) if end < 0 else end].strip()
