"""OpenAI's chat completions, as OpenAI, Gemini, DeepSeek, Groq and OpenRouter serve them.

Source: OpenAI API reference, "Create chat completion" and "Streaming".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archon.adapters.model import failures
from archon.adapters.model.draft import CallDraft, Draft
from archon.adapters.model.framing import ServerSentEvents
from archon.adapters.model.functions import function_tools, system_message
from archon.adapters.model.reading import integer, member, members, parse_object, string
from archon.adapters.model.route import Route
from archon.adapters.model.wire import Dialect, spell
from archon.domain.conversation import FinishReason, Message, ModelRequest, ToolCall, ToolResult, Usage
from archon.domain.once import Once
from archon.domain.values import Json, JsonObject

END_MARK = "[DONE]"
FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "refusal",
}


def headers(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def head(request: ModelRequest, route: Route) -> JsonObject:
    """The request as the API takes it."""
    put: JsonObject = {
        "model": route.model,
        "messages": [*system_message(request)],
        route.profile.output_limit_field: request.max_output_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
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


def said(request: ModelRequest) -> Iterable[bytes]:
    """Spelled once each, so that a turn of a long conversation costs what is new."""
    return _spelled.each(request.messages)


def _messages(message: Message) -> Iterator[JsonObject]:
    """One message of ours may be several of theirs: each tool result is a message of its own."""
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": part.call_id, "content": part.content}
    calls: list[Json] = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        yield {"role": message.role, "content": message.text or None, "tool_calls": calls}
    elif message.text:
        yield {"role": message.role, "content": message.text}


_spelled = Once[Message, bytes](lambda message: spell(_messages(message)))


def _call(call: ToolCall) -> JsonObject:
    arguments = json.dumps(call.arguments, ensure_ascii=False, separators=(",", ":"))
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


@dataclass
class OpenAIReply:
    """Chunks of the first choice; `[DONE]` is the end mark, and the usage comes just before it."""

    draft: Draft
    _is_refusal: bool = False

    def take(self, event: str) -> str:
        """As `Reply` says."""
        if event.strip() == END_MARK:
            self.draft.is_whole = True
            return ""
        chunk = parse_object(event)
        if chunk.get("error"):
            raise failures.of_error(self.draft.route, chunk)
        self.draft.model = self.draft.model or string(chunk, "model")
        if usage := member(chunk, "usage"):
            self.draft.usage = _usage(usage)
        return "".join(self._choice(choice) for choice in members(chunk, "choices"))

    def _choice(self, choice: JsonObject) -> str:
        if integer(choice, "index"):
            return ""
        delta = member(choice, "delta")
        for call in members(delta, "tool_calls"):
            self._grow(call)
        text = self.draft.say(string(delta, "content"))
        refusal = self.draft.say(string(delta, "refusal"))
        self._is_refusal = self._is_refusal or bool(refusal)
        self.draft.finish_as(string(choice, "finish_reason"), FINISH)
        if self._is_refusal and self.draft.finish:
            self.draft.finish = "refusal"
        return text + refusal

    def _grow(self, piece: JsonObject) -> None:
        """A call begins with its id and name; the pieces after it carry its index alone."""
        calls, call_id, function = self.draft.calls, string(piece, "id"), member(piece, "function")
        position = integer(piece, "index") or 0
        if position in calls and call_id not in {"", calls[position].id}:
            # Gemini numbers every parallel call 0; a new id is a new call.
            position = max(calls) + 1
        call = calls.setdefault(position, CallDraft(id=call_id))
        call.name = call.name or string(function, "name")
        call.json.append(string(function, "arguments"))


def _usage(usage: JsonObject) -> Usage | None:
    prompt, answer = integer(usage, "prompt_tokens"), integer(usage, "completion_tokens")
    if prompt is None or answer is None:
        return None
    details = member(usage, "prompt_tokens_details")
    read = integer(details, "cached_tokens") or integer(usage, "prompt_cache_hit_tokens") or 0
    written = integer(details, "cache_write_tokens") or 0
    # Gemini counts what it thought in the total alone.
    answer = max(answer, (integer(usage, "total_tokens") or 0) - prompt)
    return Usage(
        input_tokens=max(0, prompt - read - written),
        output_tokens=answer,
        cache_read_tokens=read,
        cache_write_tokens=written,
    )


OPENAI = Dialect(
    path="/chat/completions",
    stream_type="text/event-stream",
    frames=ServerSentEvents,
    headers=headers,
    head=head,
    said=said,
    reply=OpenAIReply,
)
