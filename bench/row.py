"""One line of the table: a figure, what stands beside it, and the goal it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["ms", "MB", "KB", "%"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    what: str
    unit: Unit
    ours: float
    beside: str = ""
    """What the other figure is of; empty where there is only a limit."""
    other: float | None = None
    at_most: float | None = None
    """The goal: a multiple of the other figure, or without one a figure of the unit itself."""
    at_least: float | None = None
    """The goal where more is better."""
    absent: str = ""
    """Why there is nothing to measure, or to measure against; then nothing is held or missed."""
    fault: str = ""
    """Why the goal is missed whatever the figures say."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.other is None else self.ours / self.other

    @property
    def is_held(self) -> bool:
        reached = self.ours if self.ratio is None else self.ratio
        is_good = (self.at_most is None or reached <= self.at_most) and reached >= (self.at_least or 0)
        return is_good and not self.fault

    @property
    def goal(self) -> str:
        unit = "×" if self.beside else self.unit
        return f"≥ {self.at_least:g} {unit}" if self.at_most is None else f"≤ {self.at_most:g} {unit}"


def middle_ms(seconds: Sequence[float]) -> float:
    """The median of several measurements, in milliseconds."""
    return median(seconds) * 1000
