"""A model that is sent nothing it could not read whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.errors import ModelRefusedRequest
from archon.domain.task import ModelChoice
from archon.domain.tokens import count_upper_bound
from archon.engine.models.budgeted import SMALLEST_USEFUL_OUTPUT
from archon.engine.models.closing import closing
from archon.ports.model import Model

BYTES_PER_TOKEN = 2
"""What a token of a prompt covers at least in practice.

English has about four bytes a token, code about three, Chinese and dense digits two to three: text
that half its bytes understate is rare, so what fits by this measure fits.
"""


@dataclass(frozen=True)
class FittingModel:
    """Leaves the reply the room that the prompt leaves, and refuses a prompt that leaves none.

    Some providers answer such a request with an error, others cut the prompt in silence. Raises:
    ModelRefusedRequest before any money is set aside.
    """

    inner: Model
    choice: ModelChoice

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        prompt = count_upper_bound(request) // BYTES_PER_TOKEN
        room = self.choice.context_tokens - prompt
        if room < SMALLEST_USEFUL_OUTPUT:
            raise ModelRefusedRequest(
                f"The {request.agent or request.role}'s request has about {prompt:,} tokens; "
                f"{self.choice.name} can hold {self.choice.context_tokens:,} with its reply.",
                hint="Shorten the objective or the inputs, or use a model with a larger context "
                "(--model ROLE=NAME).",
            )
        output = min(request.max_output_tokens, self.choice.max_output_tokens, room)
        async with closing(self.inner.respond(replace(request, max_output_tokens=output))) as deltas:
            async for delta in deltas:
                yield delta
