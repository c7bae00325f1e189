"""Judging from its beat alone whether a process still moves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sight:
    """A beat, and since when an observer has seen it unchanged, on the observer's monotonic clock."""

    beat: int
    since_s: float


def look(earlier: Sight | None, beat: int, now_s: float) -> Sight:
    """The sight after one more look. A first look, or a beat that has moved, starts anew."""
    if earlier is not None and earlier.beat == beat:
        return earlier
    return Sight(beat, now_s)
