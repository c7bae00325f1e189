"""A model that is sent nothing it could not read whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.errors import ModelError, ModelRefusedRequest
from archon.domain.task import ModelChoice
from archon.domain.token_estimate import estimate_request
from archon.engine.models.budgeted import SMALLEST_USEFUL_OUTPUT
from archon.engine.models.closing import closing
from archon.ports.model import Model, TokenCounter

COUNT_TIMEOUT_S = 10.0
"""How long a provider's count is worth waiting for."""


@dataclass(frozen=True)
class FittingModel:
    """Leaves the reply the room that the prompt leaves, and refuses a prompt that leaves none.

    Some providers answer such a request with an error, others cut the prompt in silence. Where an estimate
    leaves open whether it fits, the provider is asked for a count, if it offers one. Raises:
    ModelRefusedRequest before any money is set aside.
    """

    inner: Model
    choice: ModelChoice
    counter: TokenCounter | None = None

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        wanted = min(request.max_output_tokens, self.choice.max_output_tokens)
        prompt = await self._length(request, wanted)
        room = self.choice.context_tokens - prompt
        if room < SMALLEST_USEFUL_OUTPUT:
            raise ModelRefusedRequest(
                f"The {request.agent or request.role}'s request has about {prompt:,} tokens; "
                f"{self.choice.name} can hold {self.choice.context_tokens:,} with its reply.",
                hint="Shorten the objective or the inputs, or use a model with a larger context "
                "(--model ROLE=NAME).",
            )
        output = min(wanted, room)
        async with closing(self.inner.respond(replace(request, max_output_tokens=output))) as deltas:
            async for delta in deltas:
                yield delta

    async def _length(self, request: ModelRequest, wanted: int) -> int:
        """Tokens of the prompt, exactly where that can matter and can be known."""
        estimate = estimate_request(request)
        context = self.choice.context_tokens
        is_safe = estimate.at_most + wanted <= context
        is_hopeless = estimate.at_least + SMALLEST_USEFUL_OUTPUT > context
        if self.counter is None or is_safe or is_hopeless:
            return estimate.tokens
        try:
            async with asyncio.timeout(COUNT_TIMEOUT_S):
                counted = await self.counter.count_tokens(request)
        except (ModelError, TimeoutError):
            return estimate.tokens  # an estimate is good enough to try with
        return estimate.tokens if counted is None else counted
