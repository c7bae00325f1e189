"""Finds the one place of a block of lines, level by level, and makes the edit there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archon.tools.edits.characters import has_double_dashes
from archon.tools.edits.drift import Level, erases, levels, says_something
from archon.tools.edits.lines import FileLines, LineEdit, is_blank
from archon.tools.edits.merge import fits, merge
from archon.tools.edits.outcome import Refused, ambiguous
from archon.tools.edits.places import Place, places_of

Picker = Callable[[list[Place]], Place | Refused]

ALREADY = "already applied: the new text stands there already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    edits: tuple[LineEdit, ...]
    note: str


def locate(
    file: FileLines,
    old: list[str],
    new: list[str],
    *,
    choose: Picker,
    every: bool = False,
    is_strict: bool = False,
) -> Located | Refused | None:
    """The edit that makes `new` of the lines `old`, at the strictest level where they stand anywhere.

    `choose` decides among several places of that level; `every`: all of them are meant; `is_strict`: only
    trailing white space may differ. None: no place.
    """
    for level in usable_levels(file, old, new):
        if is_strict and level not in (Level(exact=True), Level()):
            continue
        places = [place for place in places_of(file, old, level) if fits(file, place, old, level)]
        if not places:
            continue
        file.effort.spend(len(places) * len(old))
        if every:
            return _edit_all(file, places, old, new, level)
        wider = _without_outer_blanks(file, places, old, level) if level.indentation else places
        chosen = choose(wider)
        if isinstance(chosen, Refused):
            return chosen
        place = next((one for one in places if one.start <= chosen.start and chosen.stop <= one.stop), None)
        if place is None:
            return ambiguous([one.start for one in wider])
        edit = merge(file, place, old, new, level)
        if stands_there(file, place, old, new) or (edit and is_repeating(file, edit)):
            return Refused(reason=f"{ALREADY} (line {place.start + 1})")
        return Located(edits=(edit,), note=level.note) if edit else _unclear(place, level)
    return None


def _without_outer_blanks(file: FileLines, places: list[Place], old: list[str], level: Level) -> list[Place]:
    """The places of the text without blank lines around it, if more: these lines decide no nesting."""
    core = list(old)
    while is_blank(core[0]):
        del core[0]
    while is_blank(core[-1]):
        del core[-1]
    if len(core) == len(old):
        return places
    wider = [place for place in places_of(file, core, level) if fits(file, place, core, level)]
    return wider if len(wider) > len(places) else places


def usable_levels(file: FileLines, old: list[str], new: list[str]) -> list[Level]:
    """The levels that do not overlook the very thing that is asked for."""
    text = "\n".join(old)
    has_signs = not (file.body.isascii() and text.isascii())
    has_dashes = has_signs and has_double_dashes(text, file.body)
    is_worded = says_something(old)
    return [
        level
        for level in levels(has_signs=has_signs, has_dashes=has_dashes)
        if level.exact or (not erases(level, old, new) and (is_worded or not level.indentation))
    ]


def _edit_all(
    file: FileLines, places: list[Place], old: list[str], new: list[str], level: Level
) -> Located | Refused:
    edits: list[LineEdit] = []
    for place in places:
        if edits and place.start < edits[-1].stop:
            continue
        edit = merge(file, place, old, new, level)
        if edit is None:
            return _unclear(place, level)
        edits.append(edit)
    return Located(edits=tuple(edits), note=level.note)


def _unclear(place: Place, level: Level) -> Refused:
    kinds = {"indentation": level.indentation, "blank lines": level.blank_lines}
    what = " or ".join(kind for kind, is_bridged in kinds.items() if is_bridged)
    return Refused(
        reason=f"the text stands at line {place.start + 1}, but the {what} of the new lines cannot be told",
        hint="Give old and new text indented, and with blank lines, as in the file.",
    )


def stands_there(file: FileLines, place: Place, old: list[str], new: list[str]) -> bool:
    """Whether the new lines are in the file around the place already, so that it would get them twice."""
    shown = [line.rstrip() for line in new if not is_blank(line)]
    if len(new) < place.stop - place.start or shown == [line.rstrip() for line in old if not is_blank(line)]:
        return False
    return _is_around(file, place.start, place.stop, new)


def is_repeating(file: FileLines, edit: LineEdit) -> bool:
    """Whether the file around the edit has its new lines already, more of them than it replaces."""
    lines = [line.content for line in edit.lines]
    held = file.contents[edit.start : edit.stop]
    shown, there = ([line.strip() for line in some if not is_blank(line)] for some in (lines, held))
    return len(lines) > len(held) and shown != there and _is_around(file, edit.start, edit.stop, lines)


def _is_around(file: FileLines, start: int, stop: int, lines: list[str]) -> bool:
    return any(found.start <= start and stop <= found.stop for found in places_of(file, lines, Level()))
