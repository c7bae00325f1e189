"""A request as OpenAI's chat completions take it, and as others who speak like it want it.

Source: OpenAI API reference, "Create chat completion"; api-docs.deepseek.com, "Thinking mode"; ai.google.dev,
"Thought signatures".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archon.adapters.model.functions import function_tools, system_message
from archon.adapters.model.route import Route
from archon.adapters.model.wire import grown, spell, text_of
from archon.domain.conversation import Message, ModelRequest, Thought, ToolCall, ToolResult
from archon.domain.parameters import passed_on
from archon.domain.said import Fold
from archon.domain.values import Json, JsonObject

THOUGHTS = "reasoning_content"
"""What DeepSeek thought. Beside tool calls it is to come back, or the request is refused."""
SIGNED = "extra_content"
"""What Gemini puts beside a tool call, to come back with it: the signature of a thought."""


def head(request: ModelRequest, route: Route) -> JsonObject:
    """The request as the API takes it."""
    put: JsonObject = {
        **_parameters(request.parameters),
        "model": route.model,
        "messages": [*system_message(request)],
        route.profile.output_limit_field: request.max_output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if route.profile.takes_cache_marks and any(block.cache for block in request.system):
        put.setdefault("cache_control", {"type": "ephemeral"})
    if request.temperature is not None:
        put["temperature"] = request.temperature
    if request.tools:
        put["tools"] = function_tools(request)
    if request.output_schema is not None:
        put["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": request.output_schema, "strict": False},
        }
    return put


def _parameters(given: JsonObject) -> JsonObject:
    """A switch of thinking is the provider's own object here, or none."""
    put = passed_on(given)
    put |= {name: given[name] for name in ("top_p", "seed", "stop", "response_format") if name in given}
    if "effort" in given:
        put["reasoning_effort"] = given["effort"]
    if isinstance(given.get("thinking"), dict):
        put["thinking"] = given["thinking"]
    return put


def said(request: ModelRequest, route: Route) -> Iterable[bytes]:
    """Spelled once each, so that a turn of a long conversation costs what is new."""
    return _spelled(request.messages)


def _messages(message: Message) -> Iterator[JsonObject]:
    """One message of ours may be several of theirs: each tool result is a message of its own."""
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.call_id, "content": part.content}
    thoughts = [part.content for part in message.parts if isinstance(part, Thought)]
    called = [part for part in message.parts if isinstance(part, ToolCall)]
    calls: list[Json] = [_call(call, position, thoughts) for position, call in enumerate(called)]
    if calls:
        put: JsonObject = {"role": message.role, "content": message.text or None, "tool_calls": calls}
        for thought in thoughts:
            put |= {name: value for name, value in thought.items() if name == THOUGHTS}
        yield put
    elif message.text:
        yield {"role": message.role, "content": message.text}


_spelled = Fold[tuple[bytes, ...]](
    (), lambda pieces, new: grown(pieces, (spell(_messages(message)) for message in new))
)


def _call(call: ToolCall, position: int, thoughts: list[JsonObject]) -> JsonObject:
    function: JsonObject = {"name": call.name, "arguments": text_of(call.arguments)}
    put: JsonObject = {"id": call.id, "type": "function", "function": function}
    signed = [thought[SIGNED] for thought in thoughts if thought.get("call") == position]
    return put | {SIGNED: signed[0]} if signed else put
