"""A conversation is spelled in pieces as it grows; its body is that of the same messages spelled at once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.model.wire import PIECE_BYTES, grown
from archon.domain.conversation import ModelRequest, user
from archon.domain.said import Said
from tests.builders.wire import body_of, requests

MODELS = ("claude-sonnet-4-6", "claude-opus-4-6", "gpt-4.1", "deepseek/deepseek-chat", "ollama/llama3.2")


@pytest.mark.parametrize("name", MODELS)
@given(request=requests(), data=st.data())
def test_however_a_conversation_grew_its_body_is_the_same(
    name: str, request: ModelRequest, data: st.DataObject
) -> None:
    said = Said()
    for message in request.messages:
        said = said.and_then(message)
        if data.draw(st.booleans(), label="is sent"):
            body_of(name, replace(request, messages=said))
    assert body_of(name, replace(request, messages=said)) == body_of(name, request)


def test_short_pieces_are_joined_and_long_ones_stay() -> None:
    long = b"x" * PIECE_BYTES
    assert grown((), []) == ()
    assert grown((), [b"1", b"", b"2"]) == (b"1,2",)
    assert grown((b"1",), [b"2"]) == (b"1,2",)
    assert grown((long,), []) == (long,)
    pieces = grown((long,), [b"3"])
    assert pieces == (long, b"3")
    assert pieces[0] is long


def test_a_body_of_many_pieces_holds_every_message_once() -> None:
    said = Said()
    for number in range(60):
        said = said.and_then(user(f"{number} " * 1_000))
        body = body_of("gpt-4.1", ModelRequest(role="coder", model="any", system=(), messages=said))
    assert [each["content"] for each in body["messages"]] == [message.text for message in said]
    assert len(json.dumps(body)) > 2 * PIECE_BYTES
