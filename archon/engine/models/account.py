"""Money of one task: set aside before each attempt, settled after it."""

from __future__ import annotations

from dataclasses import dataclass

from archon.domain.conversation import CallRef
from archon.domain.events import Attempted, Awaiting, Charge, Draft, FellBack, Problem, Retrying
from archon.engine.run import Run
from archon.ports.clock import Clock
from archon.ports.journal import Journal, Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What an account can still hold."""

    microusd: int
    unpriced_tokens: int | None
    """Tokens at an unknown price; None: without a ceiling."""


@dataclass(frozen=True)
class Account:
    """The one account of a task and everything it starts, as its run sees it."""

    run: Run
    journal: Journal
    clock: Clock

    async def reserve(
        self, worst_microusd: int, model: str, *, unpriced_tokens: int = 0
    ) -> Reservation | None:
        """Money and tokens set aside under this run's lease; None when the account cannot hold them."""
        reservation = Reservation(
            id=self.clock.new_id(),
            worst_microusd=worst_microusd,
            epoch=self.run.epoch,
            model=model,
            unpriced_tokens=unpriced_tokens,
        )
        is_held = await self.journal.reserve(self.run.task_id, reservation)
        return reservation if is_held else None

    async def left(self) -> Left:
        row = await self.journal.row(self.run.task_id)
        ceiling = row.unpriced_token_limit
        held = row.unpriced_tokens + row.unpriced_reserved_tokens
        return Left(
            microusd=max(0, row.limit_microusd - row.spent_microusd - row.reserved_microusd),
            unpriced_tokens=None if ceiling is None else max(0, ceiling - held),
        )

    async def settle_failed(self, charge: Charge, problem: Problem, ref: CallRef) -> None:
        """Record a failed attempt and what it cost."""
        await self.run.append(Draft(body=Attempted(charge=charge, problem=problem), scope=ref.key))

    async def tell(self, news: Retrying | FellBack | Awaiting, ref: CallRef) -> None:
        """Record what a call waits for, so that people see it while it happens."""
        await self.run.append(Draft(body=news, scope=ref.key))

    async def settle_orphans(self) -> None:
        """Settle at their worst the reservations of runners that died in the middle of a call."""
        for orphan in await self.journal.open_reservations(self.run.task_id):
            if orphan.epoch != self.run.epoch:
                await self.run.append(at_worst(orphan))


def at_worst(orphan: Reservation) -> Draft:
    """The event that settles a reservation of which nobody knows what became."""
    charge = Charge(
        reservation_id=orphan.id,
        cost_microusd=orphan.worst_microusd,
        model=orphan.model,
        price_known=not orphan.unpriced_tokens,
        unpriced_tokens=orphan.unpriced_tokens,
    )
    problem = Problem(
        code="orphaned",
        message="Nobody knows how this call ended; it is counted at the most it can have cost.",
    )
    return Draft(body=Attempted(charge=charge, problem=problem))
