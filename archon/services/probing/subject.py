"""A model under trial: asked one small thing at a time, and watched while it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.domain.conversation import (
    Delta,
    Message,
    ModelRequest,
    ModelResponse,
    SystemBlock,
    TextDelta,
    Tool,
    user,
)
from archon.domain.errors import ModelReplyBroken
from archon.domain.task import ModelChoice
from archon.domain.values import JsonObject
from archon.engine.models.closing import closing
from archon.ports.clock import Clock
from archon.ports.model import Model

OUTPUT_TOKENS = 300
THINKING_OUTPUT_TOKENS = 2_000
"""For a model that thinks, on its output, before it says a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    response: ModelResponse
    first_text_s: float | None
    """How long it was silent."""
    seconds: float

    @property
    def text(self) -> str:
        return self.response.text


@dataclass
class Watched:
    """A model of which it is known when it was asked last: waiting to ask again is no slowness of it."""

    inner: Model
    clock: Clock
    asked_at_s: float = 0.0
    attempts: int = 0

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.asked_at_s, self.attempts = self.clock.monotonic(), self.attempts + 1
        async with closing(self.inner.respond(request)) as deltas:
            async for delta in deltas:
                yield delta


@dataclass
class Subject:
    """The model, and how much it is given for an answer."""

    choice: ModelChoice
    model: Model
    watched: Watched
    """The same model, as each attempt to ask it reaches it."""
    clock: Clock
    output_tokens: int = OUTPUT_TOKENS

    async def ask(
        self,
        *said: Message | str,
        system: str = "",
        tools: tuple[Tool, ...] = (),
        schema: JsonObject | None = None,
        output_tokens: int | None = None,
    ) -> Reply:
        """Raises: ModelError and its kinds; BudgetExhausted."""
        request = ModelRequest(
            role="probe",
            agent="probe",
            model=self.choice.name,
            system=(SystemBlock(text=system),) if system else (),
            messages=tuple(user(each) if isinstance(each, str) else each for each in said),
            tools=tools,
            output_schema=schema,
            max_output_tokens=min(output_tokens or self.output_tokens, self.choice.max_output_tokens),
        )
        reply = await self._asked(request)
        is_spent_on_thinking = not (reply.text.strip() or reply.response.tool_calls) and output_tokens is None
        if not is_spent_on_thinking or reply.response.finish_reason != "length":
            return reply
        if self.output_tokens >= THINKING_OUTPUT_TOKENS:
            return reply
        self.output_tokens = THINKING_OUTPUT_TOKENS
        more = min(self.output_tokens, self.choice.max_output_tokens)
        return await self._asked(replace(request, max_output_tokens=more))

    async def _asked(self, request: ModelRequest) -> Reply:
        attempt, first = self.watched.attempts, None
        response: ModelResponse | None = None
        async with closing(self.model.respond(request)) as deltas:
            async for delta in deltas:
                if attempt != self.watched.attempts:
                    attempt, first = self.watched.attempts, None
                if isinstance(delta, TextDelta):
                    first = self._elapsed_s() if first is None else first
                else:
                    response = delta
        if response is None:
            raise ModelReplyBroken("The model's answer had no end.", hint="Try again.")
        return Reply(response=response, first_text_s=first, seconds=self._elapsed_s())

    def _elapsed_s(self) -> float:
        return self.clock.monotonic() - self.watched.asked_at_s
