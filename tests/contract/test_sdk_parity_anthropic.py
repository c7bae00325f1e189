"""The Anthropic adapter against the official client: what it sends, and what it understands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from hypothesis import given, settings
from pydantic import TypeAdapter

from archon.adapters.model.schema import closed
from archon.adapters.model.wire import LEAST_ROOM_TO_THINK
from archon.domain.conversation import Message, ModelRequest
from archon.domain.errors import ModelError
from archon.testing.model_protocols import anthropic_events
from tests.builders.anthropic_blocks import MODEL, block, is_sent
from tests.builders.parity import plain, streams
from tests.builders.streams import ANTHROPIC, ANTHROPIC_ERRORS
from tests.builders.wire import Loopback, body_of, loopback, requests, understood

ACCEPTED = TypeAdapter(MessageCreateParamsStreaming)
BEFORE_2026 = ("temperature",)
"""Fields of the API version that the adapter speaks, which the client's version no longer names."""


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with loopback() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Loopback) -> Iterator[anthropic.Anthropic]:
    http = anthropic.DefaultHttpxClient(trust_env=False)
    with anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0, http_client=http) as client:
        yield client


def put(request: ModelRequest) -> dict[str, Any]:
    """The request as a user of the official client would write it."""
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": request.max_output_tokens, "stream": True}
    blocks = [block for block in request.system if block.text.strip()]
    marked = [number for number, block in enumerate(blocks) if block.cache][-3:]
    system = [
        {"type": "text", "text": block.text}
        | ({"cache_control": {"type": "ephemeral"}} if number in marked else {})
        for number, block in enumerate(blocks)
    ]
    asked |= {"system": system} if system else {}
    asked |= {"cache_control": {"type": "ephemeral"}} if marked else {}
    said = [message(each) for each in request.messages]
    if marked and len(marked) < 3 and said[0]["content"]:
        said[0]["content"][-1] |= {"cache_control": {"type": "ephemeral"}}
    asked["messages"] = [each for each in said if each["content"]]
    if request.tools:
        asked["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    if request.output_schema is not None:
        form = {"type": "json_schema", "schema": closed(request.output_schema)}
        asked["output_config"] = {"format": form}
    if request.thinking and request.max_output_tokens >= LEAST_ROOM_TO_THINK:
        asked["thinking"] = {"type": "adaptive"}
    elif request.temperature is not None:
        asked["extra_body"] = {"temperature": request.temperature}
    return asked


def message(said: Message) -> dict[str, Any]:
    return {"role": said.role, "content": [block(part) for part in said.parts if is_sent(part)]}


@settings(max_examples=30, deadline=None)
@given(request=requests())
def test_the_body_is_the_official_clients(
    server: Loopback, client: anthropic.Anthropic, request: ModelRequest
) -> None:
    server.answer = b""
    with client.messages.create(**put(request)):
        pass
    assert body_of(MODEL, request) == server.bodies.pop()


@settings(max_examples=30, deadline=None)
@given(request=requests())
def test_every_field_is_one_that_the_official_client_knows(request: ModelRequest) -> None:
    body = {name: value for name, value in body_of(MODEL, request).items() if name not in BEFORE_2026}
    assert plain(ACCEPTED.validate_python(body)) == body


STREAMS = streams(ANTHROPIC, anthropic_events, MODEL)
REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "refusal": "refusal",
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_understood_as_the_official_client_does(
    server: Loopback, client: anthropic.Anthropic, name: str
) -> None:
    server.answer = STREAMS[name].encode()
    with client.messages.stream(**opening()) as stream:
        theirs = stream.get_final_message()
    ours = understood(MODEL, server.url)
    assert ours.text == "".join(block.text for block in theirs.content if block.type == "text")
    assert [(call.id, call.name, call.arguments) for call in ours.tool_calls] == [
        (block.id, block.name, block.input) for block in theirs.content if block.type == "tool_use"
    ]
    assert ours.finish_reason == REASONS[str(theirs.stop_reason)]
    assert ours.model == theirs.model
    counted, usage = ours.usage, theirs.usage
    assert counted.input_tokens == usage.input_tokens
    assert counted.output_tokens == usage.output_tokens
    assert counted.cache_read_tokens == (usage.cache_read_input_tokens or 0)
    assert counted.cache_write_tokens == (usage.cache_creation_input_tokens or 0)


@pytest.mark.parametrize("name", ANTHROPIC_ERRORS)
def test_an_error_in_a_stream_is_one_for_both(
    server: Loopback, client: anthropic.Anthropic, name: str
) -> None:
    server.answer = ANTHROPIC_ERRORS[name].encode()
    with pytest.raises(anthropic.APIStatusError), client.messages.stream(**opening()) as stream:
        stream.get_final_message()
    with pytest.raises(ModelError, match="Overloaded") as caught:
        understood(MODEL, server.url)
    assert caught.value.retryable


def opening() -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}
