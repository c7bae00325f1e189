"""A model that never spends more than its account holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import Delta, ModelRequest, ModelResponse
from archon.domain.errors import ArchonError, BudgetExhausted, ModelError
from archon.domain.events import Charge
from archon.domain.money import affordable_output_tokens, cost_microusd, to_usd, worst_microusd
from archon.domain.task import ModelChoice
from archon.domain.tokens import count_upper_bound
from archon.engine.models.account import Account
from archon.ports.journal import Reservation
from archon.ports.model import Model

SMALLEST_USEFUL_OUTPUT = 256
"""Tokens below which a clamped call is not worth making."""


@dataclass(frozen=True)
class BudgetedModel:
    """Reserves the worst case of each attempt, then calls, then settles.

    The answer carries its reservation, to be settled where it is recorded; a failed attempt is
    settled here. Raises: BudgetExhausted before anything is sent.
    """

    inner: Model
    choice: ModelChoice
    account: Account

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        request, reservation = await self._reserve(request)
        try:
            async for delta in self.inner.respond(request):
                if isinstance(delta, ModelResponse):
                    cost = cost_microusd(delta.usage, self.choice.price)
                    yield replace(delta, cost_microusd=cost, reservation_id=reservation.id)
                else:
                    yield delta
        except ArchonError as error:
            billed = isinstance(error, ModelError) and error.may_be_billed
            charge = Charge(
                reservation_id=reservation.id,
                cost_microusd=reservation.worst_microusd if billed else 0,
                model=self.choice.name,
                price_known=self.choice.price.is_known,
            )
            await self.account.settle_failed(charge, error, request.ref)
            raise

    async def _reserve(self, request: ModelRequest) -> tuple[ModelRequest, Reservation]:
        """Set the worst case aside, with less output allowed where the account cannot hold all of it."""
        price = self.choice.price
        tokens = count_upper_bound(request)
        worst = worst_microusd(tokens, request.max_output_tokens, price)
        reservation = await self.account.reserve(worst, self.choice.name)
        if reservation is not None:
            return request, reservation
        left = await self.account.left_microusd()
        output = min(request.max_output_tokens, affordable_output_tokens(left, tokens, price))
        if output >= SMALLEST_USEFUL_OUTPUT:
            reservation = await self.account.reserve(worst_microusd(tokens, output, price), self.choice.name)
            if reservation is not None:
                return replace(request, max_output_tokens=output), reservation
        raise BudgetExhausted(
            f"The next call of {self.choice.name} can cost up to {to_usd(worst):.4f} USD, "
            f"and the task's budget has {to_usd(left):.4f} USD left.",
            needed_microusd=worst,
            left_microusd=left,
            hint="Allow more money to go on.",
        )
