"""Where a block of lines stands in the file, under one level of drift: all places, not the best one."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import accumulate

from archon.tools.edits.drift import Level
from archon.tools.edits.indent_rules import usual_step
from archon.tools.edits.lines import FileLines, is_blank
from archon.tools.edits.outcome import Refused, ambiguous

MOST_PLACES = 1000
"""More places than this are not told apart."""

SURELY_NEAR = 3
"""How many lines a stated line may be off where no other place is near."""


@dataclass(frozen=True, slots=True)
class Place:
    partners: tuple[int | None, ...]
    """For each old line the line of the file that it stands for; None for a blank line without one."""

    @property
    def lines(self) -> list[int]:
        return [line for line in self.partners if line is not None]

    @property
    def start(self) -> int:
        return self.lines[0]

    @property
    def stop(self) -> int:
        return self.lines[-1] + 1


def offsets_of(text: str, part: str, *, most: int = MOST_PLACES) -> list[int]:
    """Where `part` occurs in the text, overlapping occurrences too, at most `most` of them."""
    found: list[int] = []
    at = text.find(part)
    while at >= 0 and len(found) < most:
        found.append(at)
        at = text.find(part, at + 1)
    return found


@dataclass(frozen=True, slots=True)
class Index:
    """The keys of the file's lines as one text, to be searched at the speed of `str.find`."""

    text: str
    offsets: list[int]
    rows: list[int]
    """The line of the file behind each key."""


def dense_keys(file: FileLines, level: Level) -> list[str]:
    """The key of each line; what the levels have in common is worked out once."""
    known = file.known.get(("keys", level))
    if isinstance(known, list):
        return known
    if level.inner_space:
        keys = [level.key(key) for key in dense_keys(file, replace(level, inner_space=False))]
    elif level.indentation:
        keys = list(map(str.strip, dense_keys(file, replace(level, indentation=False))))
    else:
        keys = level.keys(file.contents)
    file.known[("keys", level)] = keys
    return keys


def index_of(file: FileLines, level: Level) -> Index:
    known = file.known.get(level)
    if isinstance(known, Index):
        return known
    keys = dense_keys(file, replace(level, blank_lines=False))
    rows = [row for row, key in enumerate(keys) if key or not level.blank_lines]
    keys = [keys[row] for row in rows] if level.blank_lines else keys
    offsets = [0, *accumulate(len(key) + 1 for key in keys)]
    index = Index("\n" + "\n".join(keys) + "\n", offsets, rows)
    file.known[level] = index
    return index


def places_of(file: FileLines, old: list[str], level: Level) -> list[Place]:
    """All blocks of the file whose lines have the keys of the lines `old`."""
    keys = level.keys(old)
    if not any(keys):
        return []
    index = index_of(file, level)
    found: list[Place] = []
    for offset in offsets_of(index.text, "\n" + "\n".join(keys) + "\n"):
        file.effort.spend(5 + len(keys))
        first = bisect_left(index.offsets, offset)
        rows = iter(index.rows[first : first + len(keys)])
        skips_blank = level.blank_lines
        found.append(
            Place(tuple(None if skips_blank and not level.key(line) else next(rows) for line in old))
        )
    return [_with_blank_partners(place, old, file) for place in found] if level.blank_lines else found


def _with_blank_partners(place: Place, old: list[str], file: FileLines) -> Place:
    """Let blank lines of the request stand for the blank lines that the file has at the same point."""
    partners = list(place.partners)
    before: int | None = None
    for number in range(len(partners)):
        partner = partners[number]
        if partner is None and before is not None and number < len(partners):
            after = next((line for line in partners[number:] if line is not None), None)
            if after is not None and before + 1 < after and is_blank(file.contents[before + 1]):
                partner = partners[number] = before + 1
        before = partner if partner is not None else before
    return Place(tuple(partners))


def file_unit(file: FileLines) -> int | None:
    """The usual step of the file's indentation, worked out once."""
    if "unit" not in file.known:
        file.known["unit"] = usual_step(file.contents)
    unit = file.known["unit"]
    return unit if isinstance(unit, int) else None


def nearest_start(starts: list[int], line_hint: int | None) -> int | None:
    """Which of the 0-based `starts` a stated 1-based line surely means; None if that is not sure."""
    if line_hint is None or len(starts) >= MOST_PLACES:
        return None
    wanted = line_hint - 1
    by_distance = sorted(range(len(starts)), key=lambda number: abs(starts[number] - wanted))
    first, second = (abs(starts[number] - wanted) for number in by_distance[:2])
    is_sure = first == 0 < second or (first <= SURELY_NEAR and second >= 2 * first + 3)
    return by_distance[0] if is_sure else None


def pick(places: list[Place], line_hint: int | None) -> Place | Refused:
    """The one place, or the one that the stated line means."""
    if len(places) == 1:
        return places[0]
    starts = [place.start for place in places]
    number = nearest_start(starts, line_hint)
    if number is None:
        return ambiguous(starts, at_least=len(places) >= MOST_PLACES)
    return places[number]
