"""Pays for a probe: the worst case of each call is held against its limit before the call is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from archon.domain.conversation import Delta, ModelRequest, ModelResponse
from archon.domain.credible import credible_usage
from archon.domain.errors import ArchonError, BudgetExhausted, ModelError
from archon.domain.money import affordable_input_tokens, cost_microusd, to_usd, worst_microusd
from archon.domain.task import ModelChoice
from archon.domain.tokens import count_upper_bound
from archon.engine.models.closing import closing
from archon.ports.model import Model


@dataclass
class Purse:
    """What a probe may spend, and has spent. Its calls come one after the other."""

    choice: ModelChoice
    limit_microusd: int
    token_limit: int
    """For a model of unknown price."""
    spent_microusd: int = 0
    spent_tokens: int = 0

    def check(self, input_tokens: int, output_tokens: int) -> int:
        """The most that such a call can cost. Raises: BudgetExhausted when that is not left."""
        worst = worst_microusd(input_tokens, output_tokens, self.choice.price)
        left = self.limit_microusd - self.spent_microusd
        is_within = self.choice.price.is_known or (
            self.spent_tokens + input_tokens + output_tokens <= self.token_limit
        )
        if worst <= left and is_within:
            return worst
        raise BudgetExhausted(
            f"The next call of {self.choice.name} can cost up to {to_usd(worst):.4f} USD, and of the probe's "
            f"{to_usd(self.limit_microusd):.4f} USD {to_usd(left):.4f} are left; nothing is stored.",
            needed_microusd=worst,
            left_microusd=left,
            hint="Allow more with --max-usd."
            if is_within
            else "Its price is unknown, so that its tokens are counted: MODEL_PRICING says a price, "
            "MAX_UNPRICED_TOKENS allows more.",
        )

    def affordable_input_tokens(self, output_tokens: int) -> int:
        """How long a prompt is covered, beside an answer of that length."""
        left = self.limit_microusd - self.spent_microusd
        tokens = affordable_input_tokens(left, output_tokens, self.choice.price)
        if self.choice.price.is_known:
            return tokens
        return max(0, min(tokens, self.token_limit - self.spent_tokens - output_tokens))


@dataclass(frozen=True)
class PaidModel:
    """A model whose every attempt is paid from a purse. Raises: BudgetExhausted before anything is sent."""

    inner: Model
    purse: Purse

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        tokens = count_upper_bound(request)
        worst = self.purse.check(tokens, request.max_output_tokens)
        paid, used = worst, tokens + request.max_output_tokens
        try:
            async with closing(self.inner.respond(request)) as deltas:
                async for delta in deltas:
                    if isinstance(delta, ModelResponse):
                        usage = credible_usage(request, delta)
                        paid = cost_microusd(usage, self.purse.choice.price)
                        used = usage.total_tokens
                    yield delta
        except ArchonError as error:
            if not (isinstance(error, ModelError) and error.may_be_billed):
                paid = used = 0
            raise
        finally:
            self.purse.spent_microusd += paid
            self.purse.spent_tokens += used
