"""A model that is asked again when the provider stumbles."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

from archon.domain.conversation import Delta, ModelRequest
from archon.domain.errors import ModelError
from archon.domain.events import Retrying
from archon.engine.models.closing import closing
from archon.engine.models.news import Tell, problem_of, untold
from archon.ports.clock import Clock
from archon.ports.model import Model

LONGEST_WAIT_S = 300.0
"""A provider that asks for more patience is not waited for: the fallback takes over, or the task pauses
instead of holding its place."""
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff with full jitter."""

    max_retries: int = 6
    base_delay_s: float = 5.0
    max_delay_s: float = 60.0

    def delay_s(self, retry: int, asked_s: float | None) -> float:
        """How long to wait before retry number `retry` (from 0), at least as long as the provider asked.

        Source: Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), with half of
        each delay kept so that a retry never comes at once.
        """
        ceiling = min(self.max_delay_s, self.base_delay_s * 2**retry)
        return max(asked_s or 0.0, random.uniform(ceiling / 2, ceiling))  # noqa: S311 - jitter, no secret


def _in_words(seconds: float) -> str:
    """A wait that is too long, as people say it: no number of the provider's fills a line with digits."""
    if seconds > DAY_S:
        return "longer than a day"
    return f"{seconds:.0f} s ({seconds / 60:.0f} minutes)"


@dataclass(frozen=True)
class RetryingModel:
    """Sends a request again after a retryable error; never after one that will not change."""

    inner: Model
    policy: RetryPolicy
    clock: Clock
    tell: Tell = untold

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        for retry in range(self.policy.max_retries + 1):
            try:
                async with closing(self.inner.respond(request)) as deltas:
                    async for delta in deltas:
                        yield delta
                return
            except ModelError as error:
                failure = error
            if not self._is_worth_waiting(retry, failure):
                raise failure
            await self._wait(retry, failure, request)

    def _is_worth_waiting(self, retry: int, error: ModelError) -> bool:
        asks_too_long = (error.retry_after_s or 0) > LONGEST_WAIT_S
        if error.retryable and asks_too_long:
            error.hint = f"It asks to wait {_in_words(error.retry_after_s or 0)}. {error.hint}".strip()
        return error.retryable and not asks_too_long and retry < self.policy.max_retries

    async def _wait(self, retry: int, error: ModelError, request: ModelRequest) -> None:
        wait_s = round(self.policy.delay_s(retry, error.retry_after_s), 3)
        news = Retrying(
            model=request.model,
            problem=problem_of(error),
            retry=retry + 1,
            max_retries=self.policy.max_retries,
            wait_s=wait_s,
        )
        await self.tell(news, request.ref)
        await self.clock.sleep(wait_s)
