"""One kind of report of a failure, and what of it may differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A report, what may differ between two runs of its fault, and what makes another fault of it."""

    name: str
    report: str
    varies: tuple[tuple[str, str], ...]
    tells: tuple[tuple[str, str], ...]
    exit_code: int = 1
