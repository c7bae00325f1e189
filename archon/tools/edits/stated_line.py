"""The line that a request states, held against the one place that its text was found at."""

from __future__ import annotations

from archon.tools.edits.drift import Level
from archon.tools.edits.lines import FileLines, indent_of, is_blank
from archon.tools.edits.locate import Located
from archon.tools.edits.outcome import Refused, ambiguous
from archon.tools.edits.places import SURELY_NEAR, places_of

_ANY_DEPTH = Level(indentation=True)


def agreed(stated: int | None, numbered: int | None) -> int | None:
    """The line that a request states, and its text by the numbers copied with it; None where they differ."""
    if stated is None or numbered is None:
        return numbered if stated is None else stated
    return stated if stated == numbered else None


def doubt_of(file: FileLines, old: list[str], found: Located, stated: int | None) -> Refused | None:
    """A refusal if the stated 1-based line means another place than the one that was found far from it.

    The other is the same text at another depth, near the line; or the place found is one line at another
    depth, which says too little to overrule the line.
    """
    start = found.edits[0].start
    if stated is None or _is_near(start, stated) or is_blank("".join(old)):
        return None
    others = _others_near(file, old, start, stated)
    if others:
        return ambiguous(sorted([start, *others]))
    lines = [line for line in old if not is_blank(line)]
    if len(lines) > 1 or not indent_of(lines[0]) or lines[0].rstrip() == file.contents[start].rstrip():
        return None
    return Refused(
        reason=f"the text was not found near line {stated}: alone line {start + 1} has it, at another depth",
        hint="Give more of the lines around it, indented as in the file.",
    )


def _others_near(file: FileLines, old: list[str], start: int, stated: int) -> list[int]:
    """Where the text stands at another depth than at `start`, near the stated line."""
    places = places_of(file, old, _ANY_DEPTH)
    taken = next((indent_of(file.contents[place.start]) for place in places if place.start == start), None)
    return [
        place.start
        for place in places
        if _is_near(place.start, stated) and indent_of(file.contents[place.start]) != taken
    ]


def _is_near(row: int, stated: int) -> bool:
    return abs(row + 1 - stated) <= SURELY_NEAR
