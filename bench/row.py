"""One line of the table: a figure, what stands beside it, and the goal it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["ms", "MB", "KB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    what: str
    unit: Unit
    ours: float
    beside: str = ""
    """What the other figure is of; empty where there is only a limit."""
    other: float | None = None
    at_most: float
    """The goal: a multiple of the other figure, or without one a figure of the unit itself."""
    fault: str = ""
    """Why the goal is missed whatever the figures say."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.other is None else self.ours / self.other

    @property
    def is_held(self) -> bool:
        reached = self.ours if self.ratio is None else self.ratio
        return not self.fault and reached <= self.at_most

    @property
    def goal(self) -> str:
        return f"≤ {self.at_most:g} {self.unit if self.ratio is None else '×'}"


def middle_ms(seconds: Sequence[float]) -> float:
    """The median of several measurements, in milliseconds."""
    return median(seconds) * 1000
