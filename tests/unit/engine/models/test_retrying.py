"""Asking again when a provider stumbles, and asking another one when it has fallen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.conversation import CallRef
from archon.domain.errors import (
    BudgetExhausted,
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelReplyBroken,
    ModelUnauthorized,
    ModelUnreachable,
    ModelUntrusted,
    RateLimited,
)
from archon.domain.events import FellBack, Problem, Retrying
from archon.engine.models.fallback import FallbackModel
from archon.engine.models.retrying import RetryingModel, RetryPolicy
from archon.testing.manual_clock import ManualClock
from tests.builders.models import REQUEST, Behaviour, MoodyModel, Stubborn, ask, failing, saying

POLICY = RetryPolicy(max_retries=3, base_delay_s=5.0, max_delay_s=12.0)
TRANSIENT = [ModelUnreachable, RateLimited, ModelOverloaded, ModelReplyBroken]
FINAL = [ModelRefusedRequest, ModelUnauthorized, ModelUntrusted]


@dataclass
class CountingClock(ManualClock):
    """A clock that remembers how long it was asked to wait."""

    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


def retrying(*behaviours: Behaviour) -> tuple[RetryingModel, MoodyModel, CountingClock]:
    inner, clock = MoodyModel(behaviours), CountingClock()
    return RetryingModel(inner=inner, policy=POLICY, clock=clock), inner, clock


@pytest.mark.parametrize("kind", TRANSIENT)
async def test_a_passing_failure_is_tried_again(kind: type[ModelError]) -> None:
    model, inner, clock = retrying(failing(kind("Later.")), saying("ok"))
    assert (await ask(model)).text == "ok"
    assert inner.requests == [REQUEST, REQUEST]
    assert len(clock.waits) == 1


@pytest.mark.parametrize("kind", FINAL)
async def test_a_refusal_is_never_tried_again(kind: type[ModelError]) -> None:
    model, inner, clock = retrying(failing(kind("No.")))
    with pytest.raises(kind):
        await ask(model)
    assert len(inner.requests) == 1 and clock.waits == []


async def test_an_empty_account_is_not_the_providers_failure() -> None:
    model, inner, _ = retrying(failing(BudgetExhausted("No money.", needed_microusd=2, left_microusd=1)))
    with pytest.raises(BudgetExhausted):
        await ask(model)
    assert len(inner.requests) == 1


async def test_after_the_last_retry_the_failure_is_told() -> None:
    model, inner, clock = retrying(*[failing(ModelOverloaded(f"Failure {n}.")) for n in range(1, 5)])
    with pytest.raises(ModelOverloaded, match=r"Failure 4\."):
        await ask(model)
    assert len(inner.requests) == 4 and inner.closed == 4
    assert len(clock.waits) == 3


async def test_waits_double_up_to_the_cap_with_half_of_each_left_to_chance() -> None:
    model, _, clock = retrying(*[failing(RateLimited("Slow down."))] * 3, saying("ok"))
    await ask(model)
    for wait, ceiling in zip(clock.waits, (5.0, 10.0, 12.0), strict=True):
        assert ceiling / 2 <= wait <= ceiling
    assert clock.monotonic() == sum(clock.waits)


@given(st.integers(0, 40), st.one_of(st.none(), st.floats(0, 1000)))
def test_a_wait_is_never_shorter_than_the_provider_asked_nor_longer_than_the_cap(
    retry: int, asked: float | None
) -> None:
    delay = POLICY.delay_s(retry, asked)
    assert delay >= (asked or 0.0)
    assert delay >= POLICY.base_delay_s / 2
    assert delay <= max(POLICY.max_delay_s, asked or 0.0)


async def test_the_waits_of_two_callers_differ() -> None:
    delays = {POLICY.delay_s(3, None) for _ in range(20)}
    assert len(delays) > 10


async def test_a_provider_that_says_when_to_come_back_is_heard() -> None:
    error = RateLimited("Slow down.")
    error.retry_after_s = 77.0
    model, _, clock = retrying(failing(error), saying("ok"))
    await ask(model)
    assert clock.waits == [77.0]


async def test_a_provider_that_asks_for_an_hour_is_not_waited_for() -> None:
    error = RateLimited("Come back later.")
    error.retry_after_s = 3600.0
    model, _, clock = retrying(failing(error), saying("ok"))
    with pytest.raises(RateLimited) as raised:
        await ask(model)
    assert clock.waits == []
    assert "asks to wait 3600 s" in raised.value.hint


@pytest.mark.parametrize(("asked_s", "said"), [(600.0, "600 s (10 minutes)"), (1e300, "longer than a day")])
async def test_a_wait_that_is_too_long_is_told_in_words(asked_s: float, said: str) -> None:
    error = RateLimited("Come back later.")
    error.retry_after_s = asked_s
    model, _, clock = retrying(failing(error))
    with pytest.raises(RateLimited) as raised:
        await ask(model)
    assert clock.waits == [] and raised.value.hint.startswith(f"It asks to wait {said}.")


async def test_each_retry_is_told_before_its_wait_with_its_reason() -> None:
    told: list[tuple[Retrying, float]] = []
    inner, clock = (
        MoodyModel([failing(RateLimited("Slow down.", hint="Wait."))] * 2 + [saying("ok")]),
        CountingClock(),
    )

    async def tell(news: Retrying | FellBack, ref: CallRef) -> None:
        assert isinstance(news, Retrying) and ref == REQUEST.ref
        told.append((news, clock.monotonic()))

    await ask(RetryingModel(inner=inner, policy=POLICY, clock=clock, tell=tell))
    assert [(news.retry, news.max_retries, news.model) for news, _ in told] == [(1, 3, "m"), (2, 3, "m")]
    assert [news.wait_s for news, _ in told] == clock.waits
    assert [at for _, at in told] == [0.0, clock.waits[0]]
    assert told[0][0].problem == Problem(code="rate_limited", message="Slow down.", hint="Wait.")


async def test_a_fallback_tells_who_failed_with_what_and_who_takes_over() -> None:
    told: list[Retrying | FellBack] = []

    async def tell(news: Retrying | FellBack, ref: CallRef) -> None:
        told.append(news)

    first, second = MoodyModel([failing(ModelUnreachable("Gone."))]), MoodyModel([saying("ok")])
    await ask(FallbackModel(first=first, second=second, second_name="b", tell=tell))
    problem = Problem(code="model_unreachable", message="Gone.")
    assert told == [FellBack(model="m", problem=problem, fallback="b")]


async def test_what_the_fallback_refuses_is_still_the_failure_of_the_first() -> None:
    first = MoodyModel([failing(ModelOverloaded("Busy.", hint="It may work later."))])
    second = MoodyModel([failing(ModelRefusedRequest("The prompt is too long for b."))])
    with pytest.raises(ModelOverloaded) as raised:
        await ask(FallbackModel(first=first, second=second, second_name="b"))
    assert raised.value.hint == (
        "It may work later. Its fallback cannot stand in: The prompt is too long for b."
    )


async def test_an_answer_that_takes_too_long_is_the_fallbacks_and_not_asked_for_again() -> None:
    error = ModelUnreachable("It dripped.")
    error.retryable = False
    retrying_, inner, clock = retrying(failing(error))
    second = MoodyModel([saying("ok")])
    assert (await ask(FallbackModel(first=retrying_, second=second, second_name="b"))).text == "ok"
    assert len(inner.requests) == 1 and clock.waits == []


async def test_cancelling_closes_the_stream_at_once() -> None:
    stubborn = Stubborn()
    model, inner, _ = retrying(stubborn)
    call = asyncio.create_task(ask(FallbackModel(first=model, second=model, second_name="b")))
    await stubborn.began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert inner.closed == 1 and len(inner.requests) == 1


async def test_the_fallback_is_asked_by_its_own_name_when_the_first_cannot_be_had() -> None:
    first, second = MoodyModel([failing(ModelUnreachable("Gone."))]), MoodyModel([saying("ok")])
    answer = await ask(FallbackModel(first=first, second=second, second_name="b"))
    assert answer.text == "ok"
    assert [request.model for request in second.requests] == ["b"]


@pytest.mark.parametrize("kind", FINAL)
async def test_the_fallback_is_not_asked_what_the_first_refused(kind: type[ModelError]) -> None:
    first, second = MoodyModel([failing(kind("No."))]), MoodyModel([saying("ok")])
    with pytest.raises(kind):
        await ask(FallbackModel(first=first, second=second, second_name="b"))
    assert second.requests == []
