"""Prompts that a model cannot hold are refused before anything is sent or paid."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from archon.domain.conversation import ModelRequest, user
from archon.domain.errors import ModelError, ModelOverloaded, ModelRefusedRequest
from archon.domain.token_estimate import estimate_request
from archon.engine.models.budgeted import SMALLEST_USEFUL_OUTPUT
from archon.engine.models.fitting import FittingModel
from tests.builders.models import MoodyModel, ask, request, saying
from tests.builders.specs import choice

ENGLISH = "The quick brown fox jumps over the lazy dog, and then it does so again. "


def fitting(context_tokens: int, *, max_output_tokens: int = 4_096) -> tuple[FittingModel, MoodyModel]:
    inner = MoodyModel([saying("ok")])
    described = choice(name="small", context_tokens=context_tokens, max_output_tokens=max_output_tokens)
    return FittingModel(inner=inner, choice=described), inner


async def test_a_prompt_that_leaves_no_room_for_a_reply_is_refused_with_both_sizes() -> None:
    model, inner = fitting(8_192)
    with pytest.raises(ModelRefusedRequest) as refused:
        await ask(model, request(messages=(user("x" * 20_000),)))
    assert inner.requests == []
    assert str(refused.value) == (
        "The coder's request has about 8,095 tokens; small can hold 8,192 with its reply. Shorten the "
        "objective or the inputs, or use a model with a larger context (--model ROLE=NAME)."
    )


async def test_a_prompt_that_just_leaves_room_is_sent() -> None:
    prompt = request(messages=(user(ENGLISH * 100),))
    needed = estimate_request(prompt).tokens + SMALLEST_USEFUL_OUTPUT
    model, inner = fitting(needed)
    await ask(model, prompt)
    assert inner.requests[0].max_output_tokens == SMALLEST_USEFUL_OUTPUT
    model, inner = fitting(needed - 1)
    with pytest.raises(ModelRefusedRequest):
        await ask(model, prompt)


async def test_a_short_prompt_goes_through_as_it_is() -> None:
    model, inner = fitting(8_192)
    await ask(model, request())
    assert inner.requests == [request()]


async def test_no_model_is_asked_for_a_longer_reply_than_it_can_give() -> None:
    model, inner = fitting(100_000, max_output_tokens=700)
    await ask(model, request(max_output_tokens=64_000))
    assert inner.requests[0].max_output_tokens == 700


async def test_an_objective_of_the_longest_length_fits_the_smallest_default_model() -> None:
    model, _ = fitting(8_192)
    longest = (ENGLISH * 200)[:10_000]
    assert (await ask(model, request(messages=(user(longest),)))).text == "ok"


@dataclass
class Counter:
    """Counts any request as so many tokens, or fails to."""

    tokens: int | None
    error: ModelError | None = None
    asked: int = 0

    async def count_tokens(self, request: ModelRequest) -> int | None:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.tokens


def counting(context_tokens: int, counter: Counter) -> tuple[FittingModel, MoodyModel]:
    model, inner = fitting(context_tokens)
    return replace(model, counter=counter), inner


PROMPT = request(messages=(user(ENGLISH * 300),), max_output_tokens=1_000)
ESTIMATE = estimate_request(PROMPT)


async def test_the_provider_counts_where_the_estimate_leaves_open_whether_it_fits() -> None:
    counter = Counter(5_000)
    model, inner = counting(5_500, counter)
    assert ESTIMATE.tokens > 5_500
    await ask(model, PROMPT)
    assert counter.asked == 1
    assert inner.requests[0].max_output_tokens == 500
    model, _ = counting(5_100, Counter(5_000))
    with pytest.raises(ModelRefusedRequest, match="about 5,000 tokens"):
        await ask(model, PROMPT)


@pytest.mark.parametrize("context_tokens", [ESTIMATE.at_most + 1_000, ESTIMATE.at_least + 255])
async def test_nothing_is_counted_where_the_bounds_tell_already(context_tokens: int) -> None:
    counter = Counter(1)
    model, _ = counting(context_tokens, counter)
    with suppress(ModelRefusedRequest):
        await ask(model, PROMPT)
    assert counter.asked == 0


@pytest.mark.parametrize("counter", [Counter(None), Counter(1, ModelOverloaded("busy"))])
async def test_a_count_that_fails_or_is_not_offered_leaves_the_estimate(counter: Counter) -> None:
    model, inner = counting(ESTIMATE.tokens + 700, counter)
    assert (await ask(model, PROMPT)).text == "ok"
    assert counter.asked == 1
    assert inner.requests[0].max_output_tokens == 700
