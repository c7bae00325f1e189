"""The money of one task: what is set aside, what is spent."""

from __future__ import annotations

from dataclasses import dataclass, field

from archon.domain.errors import Conflict
from archon.domain.events import Charge
from archon.ports.journal import Reservation


@dataclass
class Account:
    spent_microusd: int = 0
    unpriced_microusd: int = 0
    unpriced_tokens: int = 0
    open: dict[str, Reservation] = field(default_factory=dict)
    """What nothing has settled yet, oldest first."""
    settled: set[str] = field(default_factory=set)

    @property
    def reserved_microusd(self) -> int:
        return sum(reservation.worst_microusd for reservation in self.open.values())

    @property
    def unpriced_reserved_tokens(self) -> int:
        return sum(reservation.unpriced_tokens for reservation in self.open.values())

    def reserve(self, reservation: Reservation, *, limit_microusd: int, token_limit: int | None) -> bool:
        """Whether the limits allowed it. Raises: Conflict when the id was used before."""
        if reservation.id in self.open or reservation.id in self.settled:
            raise Conflict(f"There is a reservation {reservation.id} already.")
        if self.spent_microusd + self.reserved_microusd + reservation.worst_microusd > limit_microusd:
            return False
        tokens = self.unpriced_tokens + self.unpriced_reserved_tokens + reservation.unpriced_tokens
        if token_limit is not None and reservation.unpriced_tokens and tokens > token_limit:
            return False
        self.open[reservation.id] = reservation
        return True

    def settle(self, charge: Charge) -> None:
        """Count a charge once; one outside any reservation counts each time."""
        if charge.reservation_id in self.settled:
            return
        self.spent_microusd += charge.cost_microusd
        self.unpriced_microusd += 0 if charge.price_known else charge.cost_microusd
        self.unpriced_tokens += charge.unpriced_tokens
        self.open.pop(charge.reservation_id, None)
        if charge.reservation_id:
            self.settled.add(charge.reservation_id)
