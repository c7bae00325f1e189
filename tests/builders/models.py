"""Models that behave as badly as a test asks, and requests to send them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from archon.domain.conversation import (
    CallRef,
    Delta,
    ModelRequest,
    ModelResponse,
    SystemBlock,
    TextDelta,
    Usage,
    user,
)
from archon.domain.tokens import count_upper_bound
from archon.engine.models.closing import closing
from archon.ports.model import Model

REQUEST = ModelRequest(
    role="coder",
    model="m",
    system=(SystemBlock(text="You are a test."),),
    messages=(user("Say something."),),
    max_output_tokens=1_000,
    ref=CallRef(task_id="t", key="draft:0", hash="h"),
)

Behaviour: TypeAlias = Callable[[ModelRequest], Awaitable[ModelResponse | None]]


def request(**fields: Any) -> ModelRequest:
    """A request with these fields."""
    return replace(REQUEST, **fields)


def saying(text: str, *, input_share: float = 1.0, output_share: float = 1.0) -> Behaviour:
    """An answer that uses these shares of the tokens it may use."""

    async def answer(request: ModelRequest) -> ModelResponse:
        usage = Usage(
            input_tokens=int(count_upper_bound(request) * input_share),
            output_tokens=int(request.max_output_tokens * output_share),
        )
        return ModelResponse(text=text, usage=usage)

    return answer


def failing(error: Exception) -> Behaviour:
    async def fail(request: ModelRequest) -> ModelResponse:
        raise error

    return fail


async def cut_off(request: ModelRequest) -> None:
    """The stream ends without an answer."""


@dataclass
class Stubborn:
    """Never answers; `began` is set when it is asked, and `ended` when its stream is closed."""

    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: ModelRequest) -> ModelResponse:
        self.began.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")


@dataclass
class MoodyModel:
    """Behaves in each call as the next of its behaviours says, and streams a piece before that."""

    behaviours: Sequence[Behaviour]
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0
    """How many of its streams have been closed."""

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        behaviour = self.behaviours[len(self.requests)]
        self.requests.append(request)
        try:
            yield TextDelta(text="…")
            await asyncio.sleep(0)
            answer = await behaviour(request)
            if answer is not None:
                yield answer
        finally:
            self.closed += 1


async def ask(model: Model, request: ModelRequest = REQUEST) -> ModelResponse:
    """The whole answer."""
    async with closing(model.respond(request)) as deltas:
        (answer,) = [delta async for delta in deltas if isinstance(delta, ModelResponse)]
    return answer
