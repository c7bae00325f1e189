"""A model whose answers somebody puts down, and who has to be told where."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from archon.domain.conversation import CallRef, Delta, ModelRequest
from archon.domain.events import Awaiting
from archon.engine.models.closing import closing
from archon.ports.model import Attended, Model


@dataclass(frozen=True)
class AttendedModel:
    """Tells where an answer is waited for, unless it is there already."""

    inner: Model
    desk: Attended
    tell: Callable[[Awaiting, CallRef], Awaitable[None]]

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        place = await self.desk.place_of_answer(request)
        if place:
            await self.tell(Awaiting(model=request.model, place=place), request.ref)
        async with closing(self.inner.respond(request)) as deltas:
            async for delta in deltas:
                yield delta
