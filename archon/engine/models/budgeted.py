"""A model that never spends more than its account holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import CallRef, Delta, ModelRequest, ModelResponse
from archon.domain.credible import credible_usage
from archon.domain.errors import ArchonError, BudgetExhausted, ModelError, ModelReplyBroken
from archon.domain.events import Charge, Problem
from archon.domain.money import affordable_output_tokens, cost_microusd, to_usd, worst_microusd
from archon.domain.task import ModelChoice
from archon.domain.tokens import count_upper_bound
from archon.engine.models.account import Account, Left
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
                    if answer is not None:
                        continue  # the answer ends a reply, and is handed over once
                    if isinstance(delta, ModelResponse):
                        answer = self._priced(delta, request, reservation)
                    yield answer or delta
            if answer is None:
                raise _endless()
        except BaseException as error:
            is_handed_over = answer is not None and isinstance(error, GeneratorExit)
            if not is_handed_over:
                await asyncio.shield(self._settle(reservation, error, answer, request.ref))
            raise

    def _priced(
        self, answer: ModelResponse, request: ModelRequest, reservation: Reservation
    ) -> ModelResponse:
        usage = credible_usage(request, answer)
        return replace(
            answer,
            model=answer.model or self.choice.name,
            asked=self.choice.name,
            usage=usage,
            cost_microusd=cost_microusd(usage, self.choice.price),
            price_known=self.choice.price.is_known,
            reservation_id=reservation.id,
        )

    async def _settle(
        self, reservation: Reservation, error: BaseException, answer: ModelResponse | None, ref: CallRef
    ) -> None:
        """Count an attempt that came to nothing: at what it said it cost, or may have cost."""
        is_free = answer is None and _is_free(error)
        charge = Charge(
            reservation_id=reservation.id,
            cost_microusd=answer.cost_microusd if answer else 0 if is_free else reservation.worst_microusd,
            model=self.choice.name,
            price_known=self.choice.price.is_known,
            unpriced_tokens=0 if is_free else _unpriced(answer, reservation),
        )
        await self.account.settle_failed(charge, _problem(error), ref)

    async def _reserve(self, request: ModelRequest) -> tuple[ModelRequest, Reservation]:
        """Set the worst case aside, with less output allowed where the account cannot hold all of it."""
        tokens = count_upper_bound(request)
        reservation = await self._set_aside(tokens, request.max_output_tokens)
        if reservation is not None:
            return request, reservation
        left = await self.account.left()
        output = min(request.max_output_tokens, self._affordable(left, tokens))
        if output >= SMALLEST_USEFUL_OUTPUT:
            reservation = await self._set_aside(tokens, output)
            if reservation is not None:
                return replace(request, max_output_tokens=output), reservation
        raise self._exhausted(left, tokens, request.max_output_tokens)

    async def _set_aside(self, input_tokens: int, output_tokens: int) -> Reservation | None:
        worst = worst_microusd(input_tokens, output_tokens, self.choice.price)
        unpriced = 0 if self.choice.price.is_known else input_tokens + output_tokens
        return await self.account.reserve(worst, self.choice.name, unpriced_tokens=unpriced)

    def _affordable(self, left: Left, input_tokens: int) -> int:
        """How many tokens of output the account can hold."""
        output = affordable_output_tokens(left.microusd, input_tokens, self.choice.price)
        if self.choice.price.is_known or left.unpriced_tokens is None:
            return output
        return min(output, left.unpriced_tokens - input_tokens)

    def _exhausted(self, left: Left, input_tokens: int, output_tokens: int) -> BudgetExhausted:
        worst = worst_microusd(input_tokens, output_tokens, self.choice.price)
        needed = {"needed_microusd": worst, "left_microusd": left.microusd}
        tokens = left.unpriced_tokens
        if not self.choice.price.is_known and tokens is not None and tokens < input_tokens + output_tokens:
            return BudgetExhausted(
                f"The next call of {self.choice.name}, whose price is unknown, can use up to "
                f"{input_tokens + output_tokens:,} tokens, and {tokens:,} are left of what the task may use "
                f"at an unknown price; its budget has {to_usd(left.microusd):.4f} USD left.",
                hint="Allow more money to go on, and the tokens grow with it; MODEL_PRICING says a price.",
                **needed,
            )
        return BudgetExhausted(
            f"The next call of {self.choice.name} can cost up to {to_usd(worst):.4f} USD, "
            f"and the task's budget has {to_usd(left.microusd):.4f} USD left.",
            hint="Allow more money to go on.",
            **needed,
        )


def _endless() -> ModelReplyBroken:
    error = ModelReplyBroken("The model's answer had no end.", hint="Try again.")
    error.may_be_billed = True
    return error


def _is_free(error: BaseException) -> bool:
    """Whether an attempt that ended so cannot have been billed: only named causes are free."""
    return isinstance(error, ArchonError) and not (isinstance(error, ModelError) and error.may_be_billed)


def _unpriced(answer: ModelResponse | None, reservation: Reservation) -> int:
    """The tokens at an unknown price of an attempt that may have been billed."""
    if not reservation.unpriced_tokens or answer is None:
        return reservation.unpriced_tokens
    return answer.usage.total_tokens


def _problem(error: BaseException) -> Problem:
    if isinstance(error, ArchonError):
        return problem_of(error)
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return Problem(code="stopped", message="Stopped before its end; it is counted as if it had come.")
    return Problem(code=ArchonError.code, message=f"{type(error).__name__}: {error}")
