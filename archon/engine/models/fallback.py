"""A model with another one behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.errors import ModelError, ModelRefusedRequest, ModelUnreachable
from archon.domain.events import FellBack
from archon.engine.models.closing import closing
from archon.engine.models.news import Tell, problem_of, untold
from archon.ports.model import Model


@dataclass(frozen=True)
class FallbackModel:
    """Asks the second model when the first one's provider could not be had, retries included.

    What the second one refuses, such as a prompt that is too long for it, the first may take another day: the
    failure stays the first one's, and passes.
    """

    first: Model
    second: Model
    second_name: str
    tell: Tell = untold

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        try:
            async with closing(self.first.respond(request)) as deltas:
                async for delta in deltas:
                    yield delta
            return
        except ModelError as error:
            if not (error.retryable or isinstance(error, ModelUnreachable)):
                raise
            failure, problem = error, problem_of(error)
        news = FellBack(model=request.model, problem=problem, fallback=self.second_name)
        await self.tell(news, request.ref)
        behind = replace(request, model=self.second_name, measured=None)
        try:
            async with closing(self.second.respond(behind)) as deltas:
                async for delta in deltas:
                    yield delta
        except ModelRefusedRequest as refusal:
            failure.hint = f"{failure.hint} Its fallback cannot stand in: {refusal.message}".strip()
            raise failure from refusal
