"""The adapter of chat completions against the official client: what it sends, and what it understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from hypothesis import given, settings
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from archon.domain.conversation import Message, ModelRequest, Text, ToolCall, ToolResult
from archon.domain.errors import ModelError
from archon.testing.model_protocols import openai_events
from tests.builders.parity import function, plain, streams
from tests.builders.streams import OPENAI, OPENAI_ERRORS
from tests.builders.wire import Loopback, body_of, loopback, requests, understood

MODEL = "gpt-4o"
ACCEPTED = TypeAdapter(CompletionCreateParamsStreaming)


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with loopback() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Loopback) -> Iterator[openai.OpenAI]:
    http = openai.DefaultHttpxClient(trust_env=False)
    with openai.OpenAI(api_key="k", base_url=server.url, max_retries=0, http_client=http) as client:
        yield client


def put(request: ModelRequest) -> dict[str, Any]:
    """The request as a user of the official client would write it."""
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": request.max_output_tokens, "stream": True}
    asked["stream_options"] = {"include_usage": True}
    system = [block.text for block in request.system if block.text]
    asked["messages"] = [{"role": "system", "content": "\n\n".join(system)}] if system else []
    asked["messages"] += [said for each in request.messages for said in messages(each)]
    if request.tools:
        asked["tools"] = [*map(function, request.tools)]
    if request.output_schema is not None:
        form = {"name": "reply", "schema": request.output_schema, "strict": False}
        asked["response_format"] = {"type": "json_schema", "json_schema": form}
    if request.temperature is not None:
        asked["temperature"] = request.temperature
    return asked


def messages(said: Message) -> Iterator[dict[str, Any]]:
    for part in said.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.call_id, "content": part.content}
    text = "".join(part.text for part in said.parts if isinstance(part, Text))
    calls = [part for part in said.parts if isinstance(part, ToolCall)]
    if calls:
        called = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
            }
            for call in calls
        ]
        yield {"role": said.role, "content": text or None, "tool_calls": called}
    elif text:
        yield {"role": said.role, "content": text}


def with_read_arguments(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the arguments of calls as values: how their text is spelled is nobody's business."""
    for said in body["messages"]:
        for call in said.get("tool_calls", ()):
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
    return body


@settings(max_examples=30, deadline=None)
@given(request=requests())
def test_the_body_is_the_official_clients(
    server: Loopback, client: openai.OpenAI, request: ModelRequest
) -> None:
    server.answer = b""
    with client.chat.completions.create(**put(request)):
        pass
    assert with_read_arguments(body_of(MODEL, request)) == with_read_arguments(server.bodies.pop())


@settings(max_examples=30, deadline=None)
@given(request=requests())
def test_every_field_is_one_that_the_official_client_knows(request: ModelRequest) -> None:
    body = body_of(MODEL, request)
    assert plain(ACCEPTED.validate_python(body)) == body


STREAMS = streams(OPENAI, openai_events, MODEL)
REASONS = {"stop": "stop", "length": "length", "tool_calls": "tool_calls", "content_filter": "refusal"}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_understood_as_the_official_client_does(
    server: Loopback, client: openai.OpenAI, name: str
) -> None:
    server.answer = STREAMS[name].encode()
    state = ChatCompletionStreamState()
    for chunk in client.chat.completions.create(**opening()):
        state.handle_chunk(chunk)
    theirs = state.current_completion_snapshot
    ours = understood(MODEL, server.url)
    said = theirs.choices[0].message
    assert ours.text == (said.content or "") + (said.refusal or "")
    assert [(call.id, call.name, call.arguments) for call in ours.tool_calls] == [
        (call.id, call.function.name, json.loads(call.function.arguments)) for call in said.tool_calls or ()
    ]
    reason = "refusal" if said.refusal else REASONS[str(theirs.choices[0].finish_reason)]
    assert ours.finish_reason == reason
    assert ours.model == theirs.model
    usage = theirs.usage
    assert usage is not None
    details, counted = usage.prompt_tokens_details, ours.usage
    assert counted.cache_read_tokens == ((details and details.cached_tokens) or 0)
    assert counted.cache_write_tokens == ((details and details.cache_write_tokens) or 0)
    prompt = counted.input_tokens + counted.cache_read_tokens + counted.cache_write_tokens
    assert prompt == usage.prompt_tokens
    assert counted.output_tokens == usage.completion_tokens


@pytest.mark.parametrize("name", OPENAI_ERRORS)
def test_an_error_in_a_stream_is_one_for_both(server: Loopback, client: openai.OpenAI, name: str) -> None:
    server.answer = OPENAI_ERRORS[name].encode()
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(**opening()))
    with pytest.raises(ModelError, match="had an error") as caught:
        understood(MODEL, server.url)
    assert caught.value.retryable


def opening() -> dict[str, Any]:
    options = {"include_usage": True}
    messages = [{"role": "user", "content": "hi"}]
    return {"model": MODEL, "messages": messages, "stream": True, "stream_options": options}
