"""What was refused, kept until it is asked for: in order, and never more than a person would read."""

from __future__ import annotations

from archon.adapters.sandbox.egress.faults import Refused
from archon.domain.egress import Refusal

_KEPT = 100


class Record:
    def __init__(self) -> None:
        self._kept: list[Refusal] = []
        self._more = 0

    def add(self, fault: Refused) -> None:
        if len(self._kept) < _KEPT:
            self._kept.append(Refusal(target=fault.target, reason=fault.reason))
        else:
            self._more += 1

    def take(self) -> tuple[Refusal, ...]:
        """All since the last time; when they were too many, a last one says how many are left out."""
        taken, more = tuple(self._kept), self._more
        self._kept, self._more = [], 0
        if more:
            taken = (*taken, Refusal(target=f"{more} more", reason="These were refused as well."))
        return taken
