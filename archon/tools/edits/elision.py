"""Middles that a request leaves out: between stretches of its text, or lost where they stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archon.domain.placeholders import (
    STUBS,
    Sureness,
    doctest_lines,
    placeholder,
    placeholder_at_end,
)
from archon.tools.edits.effort import Effort, Opcode, TooMuchEffortError
from archon.tools.edits.lines import indent_of, is_blank, lines_of, plain_ends
from archon.tools.edits.outcome import Applied
from archon.tools.edits.stubs import drops_body, stub_lines


@dataclass(frozen=True, slots=True)
class Elided:
    """A text in stretches, with something left out between them."""

    stretches: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    """How far the placeholders between them are indented, in blanks."""


def stretches_of(lines: Sequence[str], path: str) -> Elided:
    """The text between the placeholders; an empty stretch where one stands at the start or the end."""
    stretches: list[list[str]] = [[]]
    widths: list[int] = []
    real = doctest_lines(lines)
    for number, line in enumerate(lines):
        if number not in real and placeholder(line, path):
            stretches.append([])
            widths.append(len(indent_of(line).expandtabs(4)))
        else:
            stretches[-1].append(line)
    return Elided(tuple(map(tuple, stretches)), tuple(widths))


def lost_text(old: str, new: str, path: str) -> str | None:
    """A placeholder line of `new` that stands for text of `old` or of what follows it; None without one.

    One that `old` has too stands for nothing. Dots that are the body of a Python function, or part of an
    interpreter's example, are code. A line that may be a placeholder is a comment on the lines below it
    where no more lines go than come.
    """
    old_lines, new_lines = lines_of(old), lines_of(new)
    found = _without_counterpart(old_lines, new_lines, path)
    if path.lower().endswith(STUBS):
        dropped = drops_body(old_lines, new_lines)
        if dropped is not None:
            return new_lines[dropped]
        stubs = stub_lines(new_lines)
        found = {number: sureness for number, sureness in found.items() if number not in stubs}
    if not found:
        return None
    new_text = _NewText(old_lines, new_lines)
    number = next(
        (number for number, sureness in found.items() if not new_text.may_hold(number, sureness)), None
    )
    return None if number is None else new_lines[number]


def if_nothing_goes(before: str, after: str) -> Applied | None:
    """The file after a request with a placeholder, if every line that says something is there still."""
    rest = iter([line.strip() for line in lines_of(plain_ends(after))])
    is_kept = all(line.strip() in rest for line in lines_of(plain_ends(before)) if not is_blank(line))
    return Applied(text=after) if is_kept else None


def _without_counterpart(old: Sequence[str], new: Sequence[str], path: str) -> dict[int, Sureness]:
    """Numbers of new lines that are or may be placeholders, but for as many as the old text has."""
    there = _placeholders(old, path)
    same = Counter(old[number].strip() for number in there)
    spare = sum(1 for number in there if placeholder(old[number], path))
    found: dict[int, Sureness] = {}
    for number, sureness in _placeholders(new, path).items():
        line = new[number].strip()
        if same[line]:
            same[line] -= 1
            spare -= 1
        elif spare > 0 and placeholder(line, path):
            spare -= 1
        else:
            found[number] = sureness
    return found


def _placeholders(lines: Sequence[str], path: str) -> dict[int, Sureness]:
    real = doctest_lines(lines)
    return {
        number: sureness
        for number, line in enumerate(lines)
        if number not in real and (sureness := placeholder(line, path) or placeholder_at_end(line))
    }


class _NewText:
    """The new lines, and what goes where they come."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        self._new = new
        keys, new_keys = ([line.strip() for line in lines if not is_blank(line)] for lines in (old, new))
        rows = [number for number, line in enumerate(new) if not is_blank(line)]
        self._rank = {number: at for at, number in enumerate(rows)}
        self._changes: list[Opcode] | None
        try:
            self._changes = [code for code in Effort().opcodes(keys, new_keys) if code[0] != "equal"]
        except TooMuchEffortError:
            self._changes = None

    def may_hold(self, number: int, sureness: Sureness) -> bool:
        """Whether the line with this number is surely meant as it stands."""
        if sureness == "surely" or self._changes is None:
            return False
        line = self._new[number].strip()
        is_bare = set(line) <= set(".…,;")
        if is_bare and not self._is_inside(number):
            return False
        at = self._rank[number]
        gone, come, has_more = 0, 0, True
        for _, first, last, new_first, new_last in self._changes:
            if new_first <= at < new_last and last > first:
                gone, come, has_more = last - first, new_last - new_first - 1, new_last > at + 1
        if is_bare and gone > 1:
            return False
        is_beside_code = placeholder(line) is None
        return come >= gone and (is_beside_code or (has_more and self._introduces(number)))

    def _introduces(self, number: int) -> bool:
        """Whether text follows at the same depth, as below a comment that speaks of it."""
        below = next((line for line in self._new[number + 1 :] if not is_blank(line)), "")
        return bool(below) and indent_of(below) == indent_of(self._new[number])

    def _is_inside(self, number: int) -> bool:
        """Whether dots are one of the parts of a call or list, or stand inside a fence of prose."""
        above = next((line.rstrip() for line in reversed(self._new[:number]) if not is_blank(line)), "")
        fences = sum(line.lstrip().startswith(("```", "~~~")) for line in self._new[:number])
        below = next((line.strip() for line in self._new[number + 1 :] if not is_blank(line)), "")
        is_part = self._new[number].rstrip().endswith(",") or below.startswith((")", "]"))
        return (above.endswith(("(", "[", ",")) and is_part) or fences % 2 == 1
