"""What a provider says it counted is believed where it can be true."""

from __future__ import annotations

import pytest

from archon.domain.conversation import Message, ModelResponse, Text, Thought, ToolCall, Usage, user
from archon.domain.credible import credible_usage
from archon.domain.tokens import count_upper_bound
from tests.builders.models import request

LONG = "word " * 4_000


def used(text: str, usage: Usage, *calls: ToolCall, **fields: object) -> Usage:
    answer = ModelResponse(text=text, tool_calls=calls, usage=usage)
    return credible_usage(request(max_output_tokens=8_000, **fields), answer)


def test_what_can_be_true_is_believed() -> None:
    told = Usage(input_tokens=30, output_tokens=4_001, cache_read_tokens=7)
    assert used(LONG, told) == told
    assert used("", Usage(input_tokens=30)) == Usage(input_tokens=30)


def test_no_usage_at_all_for_a_long_answer_is_counted_by_its_bytes() -> None:
    found = used(LONG, Usage())
    assert found.is_estimated
    assert found.input_tokens == count_upper_bound(request())
    assert found.output_tokens == 8_000, "no more than the request allowed"


@pytest.mark.parametrize("calls", [(), (ToolCall(id="1", name="write", arguments={"text": LONG}),)])
def test_the_one_token_of_a_beginning_is_not_the_answer(calls: tuple[ToolCall, ...]) -> None:
    found = used("" if calls else LONG, Usage(input_tokens=30, output_tokens=1), *calls)
    assert found == Usage(input_tokens=30, output_tokens=8_000, is_estimated=True)


def test_a_prompt_that_was_read_from_a_cache_was_read() -> None:
    messages = (user(LONG),)
    cached = Usage(input_tokens=3, cache_read_tokens=4_000, output_tokens=5)
    assert used("yes", cached, messages=messages) == cached
    assert used("yes", Usage(input_tokens=3, output_tokens=5), messages=messages).input_tokens > 20_000


def test_thoughts_that_a_provider_leaves_out_make_no_count_false() -> None:
    thought = Thought(source="a/b", content={"signature": LONG * 10})
    told = Usage(input_tokens=30, output_tokens=5)
    messages = (user("Go."), Message(role="assistant", parts=(thought, Text(text="Yes."))), user("On."))
    assert used("yes", told, messages=messages) == told
