"""Splits a reply into its fenced blocks and the lines between them.

Fences follow CommonMark 0.31 (section 4.5), and bridge what models do beyond it: Markdown files fenced
no longer than the blocks inside them, and Python files whose strings hold fences. Where an end cannot
be told, the block says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from archon.domain.python_source import parses_as_python

Ending: TypeAlias = Literal["closed", "cut", "overrun", "ambiguous"]
"""How a block ends: by its fence, by the reply's end, by the next block's start, or nobody can tell."""

_FENCE = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})(.*)")
_PYTHON = re.compile(r"(?:python3?|py)\b|\S+\.py\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"(?:markdown|md|mdx)\b|.*\.(?:md|mdx|markdown)\b", re.IGNORECASE)
_MAX_CANDIDATES = 12
"""How many possible ends of a Python block are tried; each costs one parse."""

_MAX_FENCES = 200
"""How many fences behind the start of a Python block are looked at for its end."""

_LABEL_LINES = 3
"""How far above the fence that overruns a block its own label is looked for."""


@dataclass(frozen=True, slots=True)
class Block:
    info: str
    """What stands behind the opening fence, such as `python main.py`."""
    lead: tuple[str, ...]
    """The lines between the block before and this one."""
    content: str
    ending: Ending = "closed"

    @property
    def language(self) -> str:
        """The first word of the info string in lower case, without a path behind a colon."""
        word = re.match(r"\{?\.?([\w+#-]+)(?=$|[\s:{},])", self.info)
        return word[1].lower() if word else ""


@dataclass(frozen=True, slots=True)
class _Fence:
    line: int
    indent: int
    mark: str
    info: str

    def may_close(self, opening: _Fence) -> bool:
        """Whether it could end that block, were it bare."""
        same_mark = self.mark[0] == opening.mark[0] and len(self.mark) >= len(opening.mark)
        return same_mark and self.indent <= opening.indent + 3


@dataclass(frozen=True, slots=True)
class _End:
    line: int
    """The first line that is no longer content."""
    ending: Ending


def split_blocks(reply: str) -> tuple[Block, ...]:
    """Every fenced block of a reply, in order. Content keeps its line ends, without a list's indentation."""
    lines = reply.removesuffix("\n").split("\n")
    fences = [fence for number, line in enumerate(lines) if (fence := _fence(number, line))]
    blocks: list[Block] = []
    here = position = 0
    while position < len(fences):
        opening = fences[position]
        lead = tuple(line.rstrip("\r") for line in lines[here : opening.line])
        end = _end(lines, fences, position, lead)
        blocks.append(Block(opening.info, lead, _content(lines, opening, end), end.ending))
        is_overrun = end.ending == "overrun"
        here = max(opening.line + 1, end.line - _LABEL_LINES) if is_overrun else end.line + 1
        while position < len(fences) and fences[position].line < end.line + (not is_overrun):
            position += 1
    return tuple(blocks)


def _fence(number: int, line: str) -> _Fence | None:
    match = _FENCE.fullmatch(line.rstrip("\r"))
    if match is None:
        return None
    return _Fence(number, len(match[1].expandtabs(4)), match[2], match[3].strip())


def _content(lines: list[str], opening: _Fence, end: _End) -> str:
    body = lines[opening.line + 1 : end.line]
    if opening.indent:
        margin = re.compile(f"\t{{1,{max(1, opening.indent // 4)}}}| {{0,{opening.indent}}}")
        body = [margin.sub("", line, count=1) for line in body]
    if end.ending == "cut" and body and body[-1].rstrip().endswith(opening.mark):
        body[-1] = body[-1].rstrip().removesuffix(opening.mark)
    return "".join(f"{line}\n" for line in body)


def _end(lines: list[str], fences: list[_Fence], position: int, lead: tuple[str, ...]) -> _End:
    opening = fences[position]
    if _is_markdown(opening, lead):
        return _markdown_end(lines, fences, position)
    if _PYTHON.match(opening.info) and (end := _python_end(lines, fences, position)):
        return end
    following = next(_closers(fences, opening, position + 1), None)
    if following is None:
        return _End(len(lines), "cut")
    return _End(following[1].line, "overrun" if following[1].info else "closed")


def _closers(fences: list[_Fence], opening: _Fence, start: int) -> Iterator[tuple[int, _Fence]]:
    """The fences from an index on that could end a block, were they bare, each with its index."""
    for index in range(start, len(fences)):
        if fences[index].may_close(opening):
            yield index, fences[index]


def _is_markdown(opening: _Fence, lead: tuple[str, ...]) -> bool:
    """By the fence or, where that is silent, by a Markdown file named right above."""
    if opening.info:
        return _MARKDOWN.match(opening.info) is not None
    above = next((line for line in reversed(lead) if line.strip()), "")
    return len(above) < 200 and _MARKDOWN.match(above) is not None


def _python_end(lines: list[str], fences: list[_Fence], position: int) -> _End | None:
    """The first fence before which the content is whole Python; a fence in a string is not it."""
    opening = fences[position]
    near = islice(_closers(fences, opening, position + 1), _MAX_FENCES)
    bare = (fence for _, fence in near if not fence.info)
    for fence in islice(bare, _MAX_CANDIDATES):
        end = _End(fence.line, "closed")
        if parses_as_python(_content(lines, opening, end)):
            return end
    return None


def _markdown_end(lines: list[str], fences: list[_Fence], position: int) -> _End:
    """The bare fence that is not the end of a block inside."""
    opening = fences[position]
    inside = False
    for index, fence in _closers(fences, opening, position + 1):
        if fence.info or inside:
            inside = bool(fence.info)
            continue
        following = [later for _, later in islice(_closers(fences, opening, index + 1), 2)]
        verdict = _bare_fence(lines, fence, following)
        if verdict != "opens":
            return _End(fence.line, verdict)
        inside = True
    return _End(len(lines), "cut")


def _bare_fence(
    lines: list[str], fence: _Fence, following: list[_Fence]
) -> Literal["opens", "closed", "ambiguous"]:
    """What a bare fence in a Markdown file is: the start of a block inside, or the file's end.

    It can only open one when two more bare fences follow. Then the blank lines around it tell: before an
    opening fence and after a closing one they are usual.
    """
    could_open = len(following) > 1 and not following[0].info
    blank_after = not _line(lines, fence.line + 1).strip()
    if not could_open or blank_after:
        return "closed"
    blank_before = not _line(lines, fence.line - 1).strip()
    return "opens" if blank_before else "ambiguous"


def _line(lines: list[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""
