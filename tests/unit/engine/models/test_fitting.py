"""Prompts that a model cannot hold are refused before anything is sent or paid."""

from __future__ import annotations

import pytest

from archon.domain.conversation import user
from archon.domain.errors import ModelRefusedRequest
from archon.domain.tokens import count_upper_bound
from archon.engine.models.budgeted import SMALLEST_USEFUL_OUTPUT
from archon.engine.models.fitting import BYTES_PER_TOKEN, FittingModel
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
        await ask(model, request(messages=(user("x" * 16_000),)))
    assert inner.requests == []
    assert str(refused.value) == (
        "The coder's request has about 8,087 tokens; small can hold 8,192 with its reply. Shorten the "
        "objective or the inputs, or use a model with a larger context (--model ROLE=NAME)."
    )


async def test_a_prompt_that_just_leaves_room_is_sent() -> None:
    prompt = request(messages=(user(ENGLISH * 100),))
    needed = count_upper_bound(prompt) // BYTES_PER_TOKEN + SMALLEST_USEFUL_OUTPUT
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
