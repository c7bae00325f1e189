"""A model that never spends more than its account holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import CallRef, Delta, ModelRequest, ModelResponse
from archon.domain.errors import ArchonError, BudgetExhausted, ModelError, ModelReplyBroken
from archon.domain.events import Charge, Problem
from archon.domain.money import affordable_output_tokens, cost_microusd, to_usd, worst_microusd
from archon.domain.task import ModelChoice
from archon.domain.tokens import count_upper_bound
from archon.engine.models.account import Account
from archon.engine.models.closing import closing
from archon.engine.models.news import problem_of
from archon.ports.journal import Reservation
from archon.ports.model import Model

SMALLEST_USEFUL_OUTPUT = 256
"""Tokens below which a clamped call is not worth making."""


@dataclass(frozen=True)
class BudgetedModel:
    """Reserves the worst case of each attempt, then calls, then settles.

    The answer carries its reservation, to be settled where it is recorded; an attempt that failed or
    was stopped is settled here. Raises: BudgetExhausted before anything is sent.
    """

    inner: Model
    choice: ModelChoice
    account: Account

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        request, reservation = await self._reserve(request)
        answer: ModelResponse | None = None
        try:
            async with closing(self.inner.respond(request)) as deltas:
                async for delta in deltas:
                    if isinstance(delta, ModelResponse):
                        answer = self._priced(delta, reservation)
                    yield answer or delta
            if answer is None:
                raise _endless()
        except BaseException as error:
            is_handed_over = answer is not None and isinstance(error, GeneratorExit)
            if not is_handed_over:
                await asyncio.shield(self._settle(reservation, error, answer, request.ref))
            raise

    def _priced(self, answer: ModelResponse, reservation: Reservation) -> ModelResponse:
        return replace(
            answer,
            model=answer.model or self.choice.name,
            asked=self.choice.name,
            cost_microusd=cost_microusd(answer.usage, self.choice.price),
            price_known=self.choice.price.is_known,
            reservation_id=reservation.id,
        )

    async def _settle(
        self, reservation: Reservation, error: BaseException, answer: ModelResponse | None, ref: CallRef
    ) -> None:
        """Count an attempt that came to nothing: at what it said it cost, or may have cost."""
        charge = Charge(
            reservation_id=reservation.id,
            cost_microusd=answer.cost_microusd if answer else _worst_after(error, reservation),
            model=self.choice.name,
            price_known=self.choice.price.is_known,
        )
        await self.account.settle_failed(charge, _problem(error), ref)

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


def _endless() -> ModelReplyBroken:
    error = ModelReplyBroken("The model's answer had no end.", hint="Try again.")
    error.may_be_billed = True
    return error


def _worst_after(error: BaseException, reservation: Reservation) -> int:
    """What an attempt without an answer can have cost. Only errors that name their cause are free."""
    is_free = isinstance(error, ArchonError) and not (isinstance(error, ModelError) and error.may_be_billed)
    return 0 if is_free else reservation.worst_microusd


def _problem(error: BaseException) -> Problem:
    if isinstance(error, ArchonError):
        return problem_of(error)
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return Problem(code="stopped", message="Stopped before its end; it is counted as if it had come.")
    return Problem(code=ArchonError.code, message=f"{type(error).__name__}: {error}")
