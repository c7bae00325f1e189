"""A model that is asked with the parameters that were frozen for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.values import JsonObject
from archon.engine.models.closing import closing
from archon.ports.model import Model


@dataclass(frozen=True)
class ParametersModel:
    """Adds the task's parameters to a request.

    Stands outside of what counts tokens and money, since one of them limits the reply.
    """

    inner: Model
    parameters: JsonObject

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        limit = self.parameters.get("max_tokens")
        output = limit if isinstance(limit, int) else request.max_output_tokens
        request = replace(request, parameters=self.parameters, max_output_tokens=output)
        async with closing(self.inner.respond(request)) as deltas:
            async for delta in deltas:
                yield delta
