"""Rules that turn an indentation of the request into one of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd

from archon.tools.edits.lines import indent_of, is_blank

Rule = Callable[[str], str | None]
"""From an indentation of the request to that of the file; None where it cannot be known."""

_UNITS = (2, 3, 4, 8)


def rule_of(known: Mapping[str, str], indents: Sequence[str], file_unit: int | None) -> Rule | None:
    """The one rule that explains the pairs `known`, fit for the `indents` of new lines."""
    return _shift(known, indents) or _units(known, indents, file_unit)


def step_rule(sign: str, indents: Sequence[str], file_unit: int | None) -> Rule | None:
    """Tabs for the steps of blanks, or the file's step for tabs; `sign` is what the indents consist of."""
    if sign == "\t":
        return (lambda indent: " " * file_unit * len(indent)) if file_unit else None
    step = min(len(indent) for indent in indents if indent)
    if step not in _UNITS or any(len(indent) % step for indent in indents):
        return None
    return lambda indent: "\t" * (len(indent) // step)


def _shift(known: Mapping[str, str], indents: Iterable[str]) -> Rule | None:
    """All lines stand deeper, or all less deep, by the same text."""
    old, held = next(iter(known.items()))
    deeper = held[: len(held) - len(old)]
    if deeper and all(held == deeper + old for old, held in known.items()):
        if any(set(indent) - set(deeper) for indent in indents):
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
    if old_sign == held_sign and (
        unit is None or gcd(*(old - first_old for old, _ in points)) * slope != unit
    ):
        return None
    if old_sign == "\t" != held_sign and unit is not None and slope != unit:
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


def usual_step(lines: Sequence[str]) -> int | None:
    """The width of one step where a file is indented by spaces; None where that cannot be told."""
    widths = [
        len(indent) for line in lines[:5000] if not is_blank(line) and "\t" not in (indent := indent_of(line))
    ]
    steps = Counter(after - before for before, after in pairwise(widths) if after > before)
    return next((step for step, _ in steps.most_common(1) if step in _UNITS), None)
