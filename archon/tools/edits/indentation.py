"""How the request's indentation stands to the file's: one rule for all lines, or none at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from archon.tools.edits.lines import indent_of, is_blank

Rule = Callable[[str], str | None]
"""From an indentation of the request to that of the file; None where it cannot be known."""

_UNITS = (2, 3, 4, 8)
_OPENERS = (":", "{", "(", "[", ">", "=>", "then", "do")


@dataclass(frozen=True, slots=True)
class Pair:
    """An old line of the request and the line of the file that it stands for; neither is blank."""

    old: str
    held: str

    @property
    def indents(self) -> tuple[str, str]:
        return indent_of(self.old), indent_of(self.held)


def reindent(pairs: Sequence[Pair], new: Sequence[str], *, file_unit: int | None) -> Rule | None:
    """The rule that brings the indentation of the lines `new` into the file.

    `new` may be written in the request's way or, already, in the file's. None: the lines of `pairs` are
    nested in another way in the file, or the rule cannot be told from them.
    """
    known = _mapping(pairs)
    if known is None:
        return None
    if all(old == held for old, held in known.items()):
        return _same
    indents = [indent_of(line) for line in new if not is_blank(line)]
    style = _style(pairs, new, indents)
    if style == "file":
        return _same if _rule(known, (), file_unit) else None
    rule = _rule(known, indents, file_unit)
    if rule is None or style is None or any(rule(indent) is None for indent in indents):
        return None
    return rule


def _rule(known: Mapping[str, str], indents: Sequence[str], file_unit: int | None) -> Rule | None:
    return _shift(known, indents) or _units(known, indents, file_unit)


def _same(indent: str) -> str:
    return indent


def _mapping(pairs: Iterable[Pair]) -> dict[str, str] | None:
    """Old to held, where no two of either fall together: else the nesting differs."""
    known: dict[str, str] = {}
    for pair in pairs:
        old, held = pair.indents
        if known.setdefault(old, held) != held:
            return None
    return known if len(set(known.values())) == len(known) else None


def _shift(known: Mapping[str, str], indents: Iterable[str]) -> Rule | None:
    """All lines stand deeper, or all less deep, by the same text."""
    old, held = next(iter(known.items()))
    deeper = held[: len(held) - len(old)]
    if deeper and all(held == deeper + old for old, held in known.items()):
        if "\t" in deeper and any(" " in indent for indent in indents):
            return None
        return lambda indent: deeper + indent
    less = old[: len(old) - len(held)]
    if less and all(old == less + held for old, held in known.items()):
        return lambda indent: indent[len(less) :] if indent.startswith(less) else None
    return None


def _units(known: Mapping[str, str], indents: Iterable[str], file_unit: int | None) -> Rule | None:
    """Tabs for spaces, spaces for tabs, or one width of step for another."""
    old_sign, held_sign = _sign(known), _sign(known.values())
    new_sign = _sign([*known, *indents])
    if old_sign is None or held_sign is None or new_sign is None:
        return None
    old_sign = old_sign or new_sign
    points = sorted({(len(old), len(held)) for old, held in known.items()})
    line = _line(points, old_sign, held_sign, indents, file_unit)
    if line is None:
        return None
    slope, base = line

    def rule(indent: str) -> str | None:
        width = slope * len(indent) + base
        if indent.strip(old_sign) or width.denominator != 1 or width < 0:
            return None
        return (held_sign or " ") * int(width)

    return rule


def _sign(indents: Iterable[str]) -> str | None:
    """The one character that the indentations consist of; empty if they are empty; None if mixed."""
    signs = set("".join(indents))
    return None if len(signs) > 1 else "".join(signs)


def _line(
    points: list[tuple[int, int]], old_sign: str, held_sign: str, indents: Iterable[str], unit: int | None
) -> tuple[Fraction, Fraction] | None:
    """Slope and base of the straight line through the points (width in the request, width in the file)."""
    if len(points) == 1:
        return _line_through_one(points[0], old_sign, held_sign, indents, unit)
    (first_old, first_held), (last_old, last_held) = points[0], points[-1]
    slope = Fraction(last_held - first_held, last_old - first_old)
    base = first_held - slope * first_old
    if any(slope * old + base != held for old, held in points):
        return None
    return (slope, base) if _is_plausible(slope, old_sign, held_sign) else None


def _is_plausible(slope: Fraction, old_sign: str, held_sign: str) -> bool:
    """Whether the slope turns one usual step into another."""
    if old_sign == held_sign:
        return slope in (2, 4, Fraction(1, 2), Fraction(1, 4))
    step = slope if old_sign == "\t" else 1 / slope if slope > 0 else 0
    return step in _UNITS


def _line_through_one(
    point: tuple[int, int], old_sign: str, held_sign: str, indents: Iterable[str], unit: int | None
) -> tuple[Fraction, Fraction] | None:
    old, held = point
    if old_sign == held_sign or "\t" not in (old_sign, held_sign):
        return None
    if old and held:
        slope = Fraction(held, old)
        return (slope, Fraction(0)) if _is_plausible(slope, old_sign, held_sign) else None
    if old_sign == "\t":
        return (Fraction(unit), Fraction(held)) if unit else None
    step = min((len(indent) for indent in indents if indent), default=0)
    return (Fraction(1, step), Fraction(held)) if step in _UNITS else None


def _style(pairs: Sequence[Pair], new: Sequence[str], indents: list[str]) -> str | None:
    """Whether the new lines are indented in the way of the request's old lines or of the file's."""
    olds, helds = zip(*(pair.indents for pair in pairs), strict=True)
    signs, held_signs = set("".join(olds)), set("".join(helds))
    if not indents or (signs and held_signs and signs != held_signs):
        return _style_by_sign(signs, held_signs, indents)
    common = _common(pairs, new)
    least, old_least, held_least = (min(map(len, some)) for some in (indents, olds, helds))
    as_old = all(indent == old for indent, old, _ in common)
    as_held = all(indent == held for indent, _, held in common)
    if least == old_least != held_least:
        return "request" if as_old or not as_held or _opens_before_common(pairs, new) else None
    if least == held_least != old_least:
        return "file" if as_held else None
    if common and as_old != as_held:
        return "request" if as_old else "file"
    return "request" if set(indents) <= set(olds) and not set(indents) <= set(helds) else None


def _style_by_sign(olds: set[str], helds: set[str], indents: list[str]) -> str | None:
    signs = set("".join(indents))
    if signs <= olds:
        return "request"
    return "file" if signs <= helds else None


def _common(pairs: Sequence[Pair], new: Sequence[str]) -> list[tuple[str, str, str]]:
    """The indentations, new, old and held, of lines that old and new share and whose indentation drifted."""
    olds = Counter(pair.old.strip() for pair in pairs)
    news = {line.strip(): indent_of(line) for line in new}
    return [
        (news[text], *pair.indents)
        for pair in pairs
        if olds[text := pair.old.strip()] == 1 and text in news and pair.indents[0] != pair.indents[1]
    ]


def _opens_before_common(pairs: Sequence[Pair], new: Sequence[str]) -> bool:
    """Whether the shared lines stand deeper because a new line above them opens a block."""
    shared = {pair.old.strip() for pair in pairs}
    above = ""
    for line in new:
        if line.strip() in shared:
            return above.rstrip().endswith(_OPENERS)
        above = line if not is_blank(line) else above
    return False


def usual_step(lines: Sequence[str]) -> int | None:
    """The width of one step where a file is indented by spaces; None where that cannot be told."""
    widths = [
        len(indent) for line in lines[:5000] if not is_blank(line) and "\t" not in (indent := indent_of(line))
    ]
    steps = Counter(after - before for before, after in pairwise(widths) if after > before)
    return next((step for step, _ in steps.most_common(1) if step in _UNITS), None)
