"""Anthropic's messages API.

Source: Anthropic API reference, version 2023-06-01: "Create a Message" and "Streaming messages".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from archon.adapters.model import failures
from archon.adapters.model.draft import CallDraft, Draft
from archon.adapters.model.framing import ServerSentEvents
from archon.adapters.model.reading import broken, integer, member, parse_object, string
from archon.adapters.model.route import Route
from archon.adapters.model.schema import closed
from archon.adapters.model.wire import Dialect, spell
from archon.domain.conversation import FinishReason, Message, ModelRequest, Part, Text, ToolCall, Usage
from archon.domain.once import Once
from archon.domain.values import Json, JsonObject

MOST_CACHE_MARKS = 4
FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


def headers(key: str) -> dict[str, str]:
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


def head(request: ModelRequest, route: Route) -> JsonObject:
    """The request as the API takes it."""
    put: JsonObject = {
        "model": route.model,
        "max_tokens": request.max_output_tokens,
        "stream": True,
    }
    if system := _system(request, takes_marks=route.profile.takes_cache_marks):
        put["system"] = system
    if request.temperature is not None:
        put["temperature"] = request.temperature
    if request.tools:
        put["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    if request.output_schema is not None:
        put["output_config"] = {"format": {"type": "json_schema", "schema": closed(request.output_schema)}}
    return put


def said(request: ModelRequest) -> Iterable[bytes]:
    """Spelled once each, so that a turn of a long conversation costs what is new."""
    return _spelled.each(request.messages)


def _system(request: ModelRequest, *, takes_marks: bool) -> list[Json]:
    blocks = [block for block in request.system if block.text]
    worth = [position for position, block in enumerate(blocks) if block.cache and takes_marks]
    marked = set(worth[-MOST_CACHE_MARKS:])
    return [
        {"type": "text", "text": block.text, "cache_control": {"type": "ephemeral"}}
        if position in marked
        else {"type": "text", "text": block.text}
        for position, block in enumerate(blocks)
    ]


def _message(message: Message) -> JsonObject:
    """Empty for a message that says nothing: the API takes no empty content."""
    content: list[Json] = [_part(part) for part in message.parts if not isinstance(part, Text) or part.text]
    return {"role": message.role, "content": content} if content else {}


_spelled = Once[Message, bytes](lambda message: spell(filter(None, [_message(message)])))


def _part(part: Part) -> JsonObject:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.arguments}
    return {
        "type": "tool_result",
        "tool_use_id": part.call_id,
        "content": part.content,
        "is_error": part.is_error,
    }


@dataclass
class AnthropicReply:
    """Content blocks by index; `message_stop` is the end mark. Pings and unknown events are passed over."""

    draft: Draft
    _counts: dict[str, int] = field(default_factory=dict)

    def take(self, event: str) -> str:
        """As `Reply` says."""
        said = parse_object(event)
        kind = string(said, "type")
        if kind == "error":
            raise failures.of_error(self.draft.route, said)
        if kind == "message_start":
            message = member(said, "message")
            self.draft.model = string(message, "model")
            self._count(member(message, "usage"))
        elif kind == "content_block_start":
            return self._start(said)
        elif kind == "content_block_delta":
            return self._grow(said)
        elif kind == "message_delta":
            self.draft.finish_as(string(member(said, "delta"), "stop_reason"), FINISH)
            self._count(member(said, "usage"))
        elif kind == "message_stop":
            self._stop()
        return ""

    def _start(self, said: JsonObject) -> str:
        block = member(said, "content_block")
        if string(block, "type") == "tool_use":
            call = CallDraft(id=string(block, "id"), name=string(block, "name"))
            self.draft.calls[integer(said, "index") or 0] = call
        return self.draft.say(string(block, "text"))

    def _grow(self, said: JsonObject) -> str:
        delta = member(said, "delta")
        if string(delta, "type") == "input_json_delta":
            call = self.draft.calls.get(integer(said, "index") or 0)
            if call is None:
                raise broken("arguments came for no tool call")
            call.json.append(string(delta, "partial_json"))
        return self.draft.say(string(delta, "text"))

    def _count(self, usage: JsonObject) -> None:
        for name in (
            "input_tokens",
            "output_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
        ):
            count = integer(usage, name)
            if count is not None:
                self._counts[name] = count

    def _stop(self) -> None:
        counts = self._counts
        if "input_tokens" in counts and "output_tokens" in counts:
            self.draft.usage = Usage(
                input_tokens=counts["input_tokens"],
                output_tokens=counts["output_tokens"],
                cache_read_tokens=counts.get("cache_read_input_tokens", 0),
                cache_write_tokens=counts.get("cache_creation_input_tokens", 0),
            )
        self.draft.is_whole = True


ANTHROPIC = Dialect(
    path="/v1/messages",
    stream_type="text/event-stream",
    frames=ServerSentEvents,
    headers=headers,
    head=head,
    said=said,
    reply=AnthropicReply,
)
