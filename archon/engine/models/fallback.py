"""A model with another one behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.errors import ModelError
from archon.ports.model import Model


@dataclass(frozen=True)
class FallbackModel:
    """Asks the second model when the first one's provider could not be had, retries included."""

    first: Model
    second: Model
    second_name: str

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        try:
            async for delta in self.first.respond(request):
                yield delta
            return
        except ModelError as error:
            if not error.retryable:
                raise
        async for delta in self.second.respond(replace(request, model=self.second_name)):
            yield delta
