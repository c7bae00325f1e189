"""When a conversation is made shorter, and whose counts of it are believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archon.domain.conversation import Measured, Message, ModelResponse, Usage, assistant, user
from archon.domain.token_estimate import estimate_head, estimate_message, estimate_request
from archon.engine.context.window import Window
from tests.builders.conversations import tool_turn
from tests.builders.models import request
from tests.builders.specs import choice

ANSWER = assistant("It is done.")
TOLD = request(messages=(user("word " * 2_000),))
COUNTED = 2_100


def window(**fields: int) -> Window:
    return Window(choice(**fields))


def answered(*, asked: str = "m", **usage: Any) -> ModelResponse:
    counts = {"input_tokens": COUNTED, "output_tokens": 5, **usage}
    return ModelResponse(text="It is done.", usage=Usage(**counts), asked=asked)


def test_all_kinds_of_input_count_and_the_answer_with_them() -> None:
    response = answered(input_tokens=100, cache_read_tokens=1_500, cache_write_tokens=500)
    assert window().measured(TOLD, ANSWER, response) == Measured(messages=2, tokens=COUNTED + 5)


def test_what_a_model_thought_is_not_said_again() -> None:
    measured = window().measured(TOLD, ANSWER, answered(output_tokens=30_000))
    assert measured is not None
    assert measured.tokens < COUNTED + 100


@pytest.mark.parametrize(
    "fields",
    [{"asked": "fallback"}, {"is_estimated": True}, {"input_tokens": 3}, {"input_tokens": 900_000}],
)
def test_other_models_estimates_and_impossible_counts_are_not_believed(fields: dict[str, Any]) -> None:
    assert window().measured(TOLD, ANSWER, answered(**fields)) is None


def conversation(turns: int) -> tuple[Message, ...]:
    return (user("Do it."), *(message for number in range(turns) for message in tool_turn(number)))


def test_nothing_goes_while_all_fits_beside_a_whole_reply() -> None:
    told = request(messages=conversation(12), max_output_tokens=1_000)
    needed = estimate_request(told).tokens
    assert window(context_tokens=needed + 1_000, max_output_tokens=1_000).look(told) is None
    assert window(context_tokens=needed + 999, max_output_tokens=1_000).look(told) is not None


def test_a_small_context_keeps_no_more_than_a_quarter_for_the_reply() -> None:
    told = request(messages=conversation(12), max_output_tokens=1_000_000)
    needed = estimate_request(told).tokens
    assert window(context_tokens=needed * 4 // 3 + 4, max_output_tokens=1_000_000).look(told) is None


def test_where_a_provider_counts_more_than_the_estimate_more_is_left_out() -> None:
    messages = conversation(24)
    told = request(messages=messages, max_output_tokens=1)
    estimated = estimate_request(told).tokens
    dense = replace(told, measured=Measured(messages=len(messages), tokens=2 * estimated))
    compacted = window(context_tokens=2 * estimated - 1, max_output_tokens=1).look(dense)
    assert compacted is not None
    assert compacted.fits
    assert sum(map(estimate_message, compacted.messages)) <= (estimated - estimate_head(told)) / 2
