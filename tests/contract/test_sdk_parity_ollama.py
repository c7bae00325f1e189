"""The Ollama adapter against the official client: what it sends, and what it understands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import ollama
import pytest
from hypothesis import given, settings

from archon.domain.conversation import Message, ModelRequest, Text, ToolCall, ToolResult
from archon.domain.values import JsonObject
from archon.testing.model_protocols import ollama_events
from tests.builders.parity import function, streams
from tests.builders.streams import OLLAMA
from tests.builders.wire import Loopback, body_of, loopback, requests, route_of, understood

MODEL = "ollama/llama3.2"
PARAMETERS: JsonObject = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
"""Of the keywords that the official client keeps; it drops the others, which the API takes."""
UNNAMED = ("truncate", "shift")
"""Fields that the API takes and the official client does not name. Source: Ollama's api/types.go."""


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with loopback() as server:
        server.content_type = "application/x-ndjson"
        yield server


@pytest.fixture(scope="module")
def client(server: Loopback) -> Iterator[ollama.Client]:
    yield ollama.Client(host=server.url, trust_env=False)


def put(request: ModelRequest) -> dict[str, Any]:
    """The request as a user of the official client would write it."""
    profile = route_of(MODEL).profile
    length = min(request.max_output_tokens, profile.max_output_tokens)
    options: dict[str, Any] = {"num_ctx": profile.context_tokens, "num_predict": length}
    if request.temperature is not None:
        options["temperature"] = request.temperature
    system = [block.text for block in request.system if block.text]
    said = [{"role": "system", "content": "\n\n".join(system)}] if system else []
    names: dict[str, str] = {}
    for each in request.messages:
        names |= {part.id: part.name for part in each.parts if isinstance(part, ToolCall)}
        said += messages(each, names)
    return {
        "model": "llama3.2",
        "messages": said,
        "options": options,
        "stream": True,
        "tools": [*map(function, request.tools)] or None,
        "format": request.output_schema,
    }


def messages(said: Message, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    for part in said.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_name": names[part.call_id], "content": part.content}
    text = "".join(part.text for part in said.parts if isinstance(part, Text))
    calls = [part for part in said.parts if isinstance(part, ToolCall)]
    if calls:
        called = [{"function": {"name": call.name, "arguments": call.arguments}} for call in calls]
        yield {"role": said.role, "content": text, "tool_calls": called}
    elif text:
        yield {"role": said.role, "content": text}


@settings(max_examples=30, deadline=None)
@given(request=requests())
def test_the_body_is_the_official_clients(
    server: Loopback, client: ollama.Client, request: ModelRequest
) -> None:
    request = replace(request, tools=tuple(replace(tool, parameters=PARAMETERS) for tool in request.tools))
    server.answer = b""
    list(client.chat(**put(request)))
    theirs, ours = server.bodies.pop(), body_of(MODEL, request)
    assert settled(ours) == settled(theirs)


def settled(body: dict[str, Any]) -> dict[str, Any]:
    """The body without empty texts and lists, some of which the client leaves out and others writes."""
    said = [{name: value for name, value in each.items() if value != ""} for each in body["messages"]]
    kept = {name: value for name, value in body.items() if value != [] and name not in UNNAMED}
    return kept | {"messages": said}


STREAMS = streams(OLLAMA, ollama_events, "llama3.2", has_refusals=False)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_is_understood_as_the_official_client_does(
    server: Loopback, client: ollama.Client, name: str
) -> None:
    server.answer = STREAMS[name].encode()
    parts = list(client.chat("llama3.2", [{"role": "user", "content": "hi"}], stream=True))
    ours = understood(MODEL, server.url)
    assert ours.text == "".join(part.message.content or "" for part in parts)
    assert [(call.name, call.arguments) for call in ours.tool_calls] == [
        (call.function.name, call.function.arguments)
        for part in parts
        for call in part.message.tool_calls or ()
    ]
    last = parts[-1]
    reason = "tool_calls" if ours.tool_calls else {"stop": "stop", "length": "length"}[str(last.done_reason)]
    assert ours.finish_reason == reason
    assert (ours.usage.input_tokens, ours.usage.output_tokens) == (last.prompt_eval_count, last.eval_count)
