"""Finds the places of a diff's hunks in the file, all against the file as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from archon.tools.edits.gaps import locate_elided
from archon.tools.edits.hunks import DiffLine, Hunk
from archon.tools.edits.lines import FileLines, LineEdit, indent_of, is_blank
from archon.tools.edits.locate import ALREADY, Located, Picker, locate
from archon.tools.edits.nearest import nearest
from archon.tools.edits.outcome import Refused, ambiguous
from archon.tools.edits.places import Place, nearest_start
from archon.tools.edits.stated_line import doubt_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hunk, and what to call it in a refusal."""

    name: str
    hunk: Hunk


def locate_hunks(file: FileLines, wanted: list[Wanted], *, path: str) -> Located | Refused:
    """The edits of all hunks; a refusal if one of them has no sure place or two change the same lines."""
    first = [_locate(file, one, path, _only, offset=0) for one in wanted]
    offset = _common_offset(wanted, first)
    edits: list[LineEdit] = []
    notes: dict[str, None] = {}
    for number, (one, found) in enumerate(zip(wanted, first, strict=True)):
        if isinstance(found, Refused) and found.reason.startswith("ambiguous"):
            found = _locate(file, one, path, _chooser(file, wanted, number, offset), offset=offset)
        if found is None:
            return _not_found(file, one)
        if isinstance(found, Refused):
            return replace(found, reason=f"{one.name}: {found.reason}")
        edits += [trimmed(file, _with_final_newline(file, edit, one.hunk)) for edit in found.edits]
        notes |= {found.note: None} if found.note else {}
    return without_overlap(edits, "; ".join(notes))


def _only(places: list[Place]) -> Place | Refused:
    return places[0] if len(places) == 1 else ambiguous([place.start for place in places])


def _common_offset(wanted: list[Wanted], found: list[Located | Refused | None]) -> int:
    """How far the hunks with one place stand from the lines they state, if all stand equally far."""
    offsets = {
        one.edits[0].start + 1 - want.hunk.start
        for want, one in zip(wanted, found, strict=True)
        if isinstance(one, Located) and want.hunk.start
    }
    return offsets.pop() if len(offsets) == 1 else 0


def _chooser(file: FileLines, wanted: list[Wanted], number: int, offset: int) -> Picker:
    """Decides by the hunk's line, by its section, or by its turn among hunks that are the same."""
    hunk = wanted[number].hunk
    file.effort.spend(sum(len(one.hunk.lines) for one in wanted))
    same = [at for at, one in enumerate(wanted) if _is_same(one.hunk, hunk)]

    def choose(places: list[Place]) -> Place | Refused:
        if len(places) == 1:
            return places[0]
        if len(same) == len(places):
            return places[same.index(number)]
        starts = [place.start for place in places]
        by_line = nearest_start(starts, hunk.start + offset if hunk.start else None)
        by_section = _in_section(file, starts, hunk.section)
        if by_line is None or by_section is None:
            chosen = by_section if by_line is None else by_line
        else:
            chosen = by_line if by_line == by_section else None
        return ambiguous(starts) if chosen is None else places[chosen]

    return choose


def _is_same(one: Hunk, other: Hunk) -> bool:
    return [line.raw for line in one.lines] == [line.raw for line in other.lines]


def _in_section(file: FileLines, starts: list[int], section: str) -> int | None:
    """Which start stands under the heading that the hunk's header names; None if not exactly one does."""
    if not any(sign.isalnum() for sign in section):
        return None
    heads = [row for row, line in enumerate(file.contents) if line.strip().startswith(section.strip())]
    inside = {
        number for head in heads for number in range(len(starts)) if _is_under(file, head, starts[number])
    }
    return inside.pop() if len(inside) == 1 else None


def _is_under(file: FileLines, head: int, row: int) -> bool:
    if row <= head:
        return row == head
    depth = len(indent_of(file.contents[head]))
    file.effort.spend(row - head)
    return all(
        is_blank(line) or len(indent_of(line)) > depth or not line.strip()[0].isalnum()
        for line in file.contents[head + 1 : row]
    )


def _locate(
    file: FileLines, wanted: Wanted, path: str, choose: Picker, *, offset: int
) -> Located | Refused | None:
    """The place of one hunk, read strictly in every way first, then with more drift."""
    variants = list(_variants(file, wanted.hunk))
    stated = wanted.hunk.start + offset if wanted.hunk.start else None
    if not any(not is_blank(line) for old, _ in variants for line in old):
        return Refused(
            reason="it has no line of the file to go by: not found",
            hint="Give some unchanged lines around the added ones.",
        )
    for is_strict in (True, False):
        for old, new in variants:
            found = locate(file, old, new, choose=choose, is_strict=is_strict)
            if isinstance(found, Located):
                return doubt_of(file, old, found, stated) or found
            if found is not None:
                return found
    for old, new in variants:
        elided = locate_elided(file, old, new, path=path, choose=choose)
        if elided is not None:
            return elided
    return None


def _variants(file: FileLines, hunk: Hunk) -> Iterator[tuple[list[str], list[str]]]:
    """Old and new lines of the hunk in every way it may be meant, each once."""
    seen: list[tuple[list[str], list[str]]] = []
    there = {line.rstrip() for line in file.contents}
    for lines in _lines_meant(hunk):
        for texts in _contexts(lines, there):
            both = [
                [text for text, line in zip(texts, lines, strict=True) if line.sign in (" ", sign)]
                for sign in ("-", "+")
            ]
            variant = (both[0], both[1])
            if variant not in seen:
                seen.append(variant)
                yield variant


def _lines_meant(hunk: Hunk) -> Iterator[list[DiffLine]]:
    """The hunk's lines, with and without what may be talk or blank lines after it."""
    lines = hunk.lines
    last = max((number for number, line in enumerate(lines) if line.sign != " "), default=-1)
    if hunk.counted is not None and hunk.counted > last:
        yield lines[: hunk.counted]
    else:
        yield lines
    end = len(lines)
    while end and end - 1 > last and not lines[end - 1].raw.strip():
        end -= 1
    yield lines[:end]
    bare = next((at for at in range(last + 1, len(lines)) if not lines[at].is_marked), len(lines))
    yield lines[:bare]


def _contexts(lines: list[DiffLine], there: set[str]) -> Iterator[list[str]]:
    """The texts of the lines: markers of context lines may have been lost, on some or on all."""
    yield [line.text for line in lines]
    yield [
        line.raw
        if line.sign == " " and line.text.rstrip() not in there and line.raw.rstrip() in there
        else line.text
        for line in lines
    ]
    yield [line.raw if line.sign == " " else line.text for line in lines]


def _with_final_newline(file: FileLines, edit: LineEdit, hunk: Hunk) -> LineEdit:
    if hunk.old_lacks_newline == hunk.new_lacks_newline or edit.stop != len(file.contents):
        return edit
    return replace(edit, final_newline=hunk.old_lacks_newline)


def trimmed(file: FileLines, edit: LineEdit) -> LineEdit:
    """The edit without the lines at its ends that it leaves as they are, so that hunks may share context."""
    start, stop, lines = edit.start, edit.stop, list(edit.lines)
    while start < stop and lines and lines[0] == file.line(start):
        start += 1
        del lines[0]
    while start < stop and lines and lines[-1] == file.line(stop - 1):
        stop -= 1
        del lines[-1]
    return LineEdit(start=start, stop=stop, lines=tuple(lines), final_newline=edit.final_newline)


def without_overlap(edits: list[LineEdit], note: str) -> Located | Refused:
    edits = sorted(edits, key=lambda edit: (edit.start, edit.stop))
    for before, after in pairwise(edits):
        if after.start < before.stop or (before.start == after.start and before.stop == after.stop):
            return Refused(reason=f"ambiguous: two changes are for the same place, line {after.start + 1}")
    return Located(edits=tuple(edits), note=note)


def _not_found(file: FileLines, wanted: Wanted) -> Refused:
    old, new = wanted.hunk.side("-"), wanted.hunk.side("+")
    if new and any(not is_blank(line) for line in new):
        there = locate(file, new, old, choose=lambda places: places[0], is_strict=True)
        if there is not None:
            return Refused(reason=f"{wanted.name}: {ALREADY}")
    return Refused(
        reason=f"{wanted.name} was not found: its context does not match the file; nothing was applied",
        hint=nearest(file, old),
    )
