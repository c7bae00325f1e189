"""A file as lines that keep their own line ends, so that untouched lines stay byte for byte."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from archon.tools.edits.effort import Effort

BOM = "\ufeff"


def plain_ends(text: str) -> str:
    """The text with every line end written as a line feed, and without a byte order mark."""
    text = text.removeprefix(BOM)
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")


def lines_of(text: str) -> list[str]:
    """The lines of a text with plain ends; a final line feed ends the last line and starts none."""
    return text.removesuffix("\n").split("\n") if text else []


def indent_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def is_blank(line: str) -> bool:
    return not line.strip()


@dataclass(frozen=True, slots=True)
class Line:
    content: str
    end: str | None = None
    """Its line end; None: that of its neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEdit:
    """The file's lines `start` to `stop` (0-based, half open) become `lines`."""

    start: int
    stop: int
    lines: tuple[Line, ...]
    final_newline: bool | None = None
    """Whether the file ends in a line end, where the edit reaches its end; None: as it did before."""


@dataclass(frozen=True)
class FileLines:
    bom: str
    contents: list[str]
    ends: list[str]
    """One for each line; only the last may be empty."""
    known: dict[object, object] = field(default_factory=dict, compare=False)
    """What was worked out about these lines before, under the key of who worked it out."""
    effort: Effort = field(default_factory=Effort, compare=False)
    """What the one request for this file may still cost."""

    @cached_property
    def body(self) -> str:
        """The text with plain line ends and without the byte order mark."""
        return "\n".join(self.contents) + ("\n" if self.ends and self.ends[-1] else "")

    @property
    def text(self) -> str:
        return self.edited(())

    @cached_property
    def end(self) -> str:
        """The most frequent line end."""
        counted = Counter(end for end in self.ends if end)
        return counted.most_common(1)[0][0] if counted else "\n"

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(content) + 1 for content in self.contents)]

    def line_at(self, offset: int) -> int:
        """The 0-based line that holds the character at `offset` of the body."""
        return bisect_right(self._starts, offset) - 1

    def start_of(self, line: int) -> int:
        return self._starts[line]

    def line(self, number: int) -> Line:
        return Line(self.contents[number], self.ends[number])

    def edited(self, edits: Iterable[LineEdit]) -> str:
        """The whole text after the edits, which must not overlap."""
        lines: list[Line] = []
        cursor, final = 0, None
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.stop)):
            lines += map(Line, self.contents[cursor : edit.start], self.ends[cursor : edit.start])
            lines += edit.lines
            cursor = edit.stop
            final = edit.final_newline if edit.final_newline is not None else final
        lines += map(Line, self.contents[cursor:], self.ends[cursor:])
        if final is None:
            final = not self.ends or bool(self.ends[-1])
        return self.bom + self._joined(lines, final_newline=final)

    def _joined(self, lines: list[Line], *, final_newline: bool) -> str:
        parts: list[str] = []
        before = ""
        for line in lines:
            before = line.end or before or self.end
            parts += (line.content, before)
        if parts and not final_newline:
            parts.pop()
        return "".join(parts)


def split_file(text: str) -> FileLines:
    bom = BOM if text.startswith(BOM) else ""
    body = text[len(bom) :]
    if "\r" not in body:
        pieces = body.split("\n")
        ends = ["\n"] * (len(pieces) - 1)
    elif "\n" not in body:
        pieces = body.split("\r")
        ends = ["\r"] * (len(pieces) - 1)
    else:
        raw = body.split("\n")
        ends = ["\r\n" if piece.endswith("\r") else "\n" for piece in raw[:-1]]
        pieces = [piece.removesuffix("\r") for piece in raw[:-1]] + raw[-1:]
    if pieces[-1]:
        ends.append("")
    else:
        pieces.pop()
    return FileLines(bom, pieces, ends)
