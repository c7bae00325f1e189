"""No number that JSON cannot spell comes in, or goes out."""

from dataclasses import replace
from math import inf, nan

import pytest

from archon.adapters.model.reading import parse_arguments, parse_object
from archon.adapters.model.wire import spell
from archon.domain.conversation import Message, ToolCall
from archon.domain.errors import ModelRefusedRequest, ModelReplyBroken
from archon.domain.parameters import read_layer
from archon.testing.model_contract import asked
from tests.builders.wire import body_of


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400 + ".5", "Infinity", "NaN"])
def test_a_number_without_end_is_refused_wherever_it_is_read(number: str) -> None:
    for parse in (parse_object, parse_arguments):
        with pytest.raises(ModelReplyBroken):
            parse(f'{{"a": [{number}]}}')
    with pytest.raises(ValueError, match=r"is (too large|not JSON)"):
        read_layer(f'{{"ollama/": {{"top_k": {number}}}}}')


def test_large_and_small_numbers_are_read_as_they_are() -> None:
    assert parse_arguments('{"a": 1e308, "b": 1e-999, "c": 0.1}') == {"a": 1e308, "b": 0.0, "c": 0.1}


@pytest.mark.parametrize("number", [inf, nan])
def test_a_number_that_json_cannot_spell_is_not_sent(number: float) -> None:
    with pytest.raises(ModelRefusedRequest, match="cannot spell"):
        spell([{"a": number}])
    call = ToolCall(id="c", name="f", arguments={"a": number})
    request = replace(asked(), messages=(Message(role="assistant", parts=(call,)),))
    for model in ("gpt-4o", "claude-sonnet-4-6", "ollama/llama3.2"):
        with pytest.raises(ModelRefusedRequest, match="cannot spell"):
            body_of(model, request)
