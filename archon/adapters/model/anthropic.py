"""Anthropic's messages API.

Source: Anthropic API reference, version 2023-06-01 (the next one takes no temperature): "Create a Message",
"Streaming messages", "Adaptive thinking" and "Count tokens in a Message".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archon.adapters.model import failures
from archon.adapters.model.anthropic_request import head, said
from archon.adapters.model.draft import CallDraft, Draft
from archon.adapters.model.framing import ServerSentEvents
from archon.adapters.model.reading import broken, count, integer, member, parse_object, string
from archon.adapters.model.wire import Dialect
from archon.domain.conversation import FinishReason, Usage
from archon.domain.values import Json, JsonObject

FINISH: dict[str, FinishReason] = {
    # Not `pause_turn`: it is the API's own tools that pause, none is asked for, and such a reply is no whole.
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
READ, WRITTEN = "cache_read_input_tokens", "cache_creation_input_tokens"
COUNTED = ("input_tokens", "output_tokens", READ, WRITTEN)


def headers(key: str) -> dict[str, str]:
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


@dataclass
class _Thinking:
    """A block of thinking while it arrives. Its text may be empty; what vouches for it is the signature."""

    signature: str
    pieces: list[str]


@dataclass
class AnthropicReply:
    """Content blocks by index; `message_stop` is the end mark. Pings and unknown events are passed over."""

    draft: Draft
    _counts: dict[str, int | None] = field(default_factory=dict)
    """By name; None where what was told is no count."""
    _thinking: dict[int, _Thinking] = field(default_factory=dict)
    _is_begun: bool = False

    def take(self, event: str) -> str:
        """As `Reply` says."""
        said = parse_object(event)
        kind = string(said, "type")
        if failures.is_error(said, is_event=not kind.endswith("error") and kind != ""):
            raise failures.of_error(self.draft.route, said)
        if kind in {"content_block_start", "content_block_delta"}:
            if self.draft.finish:
                raise broken("more came after the reason to stop")
            return self._start(said) if kind == "content_block_start" else self._grow(said)
        if kind == "message_start":
            self._begin(member(said, "message"))
        elif kind == "message_delta":
            self._end(said)
        elif kind == "message_stop":
            self._stop()
        return ""

    def _begin(self, message: JsonObject) -> None:
        """Once: whoever begins anew after half a reply would have both halves taken for one."""
        if self._is_begun:
            raise broken("a second message begins inside of the first")
        self._is_begun = True
        self.draft.model = string(message, "model")
        self._count(message.get("usage"))

    def _end(self, said: JsonObject) -> None:
        reason = self.draft.finish
        self.draft.finish_as(string(member(said, "delta"), "stop_reason"), FINISH)
        if reason not in {None, self.draft.finish}:
            raise broken("two reasons to stop were given")
        self._count(said.get("usage"))

    def _start(self, said: JsonObject) -> str:
        block, index = member(said, "content_block"), integer(said, "index") or 0
        kind = string(block, "type")
        if kind == "tool_use":
            self._call(index, block)
        elif kind == "thinking":
            self._thinking[index] = _Thinking(string(block, "signature"), [string(block, "thinking")])
            self._remember(index)
        elif kind == "redacted_thinking":
            self.draft.think(index, {"type": kind, "data": string(block, "data")})
        return self.draft.say(string(block, "text"))

    def _call(self, index: int, block: JsonObject) -> None:
        """Its arguments come in pieces; some servers that stand in for the API give them at once."""
        if index in self.draft.calls:
            raise broken("two tool calls have one index")
        call = CallDraft(id=string(block, "id"), name=string(block, "name"))
        given = block.get("input")
        if isinstance(given, str):
            call.json.append(given)
        elif given:
            call.whole = member(block, "input")
        self.draft.calls[index] = call

    def _grow(self, said: JsonObject) -> str:
        delta, index = member(said, "delta"), integer(said, "index") or 0
        kind = string(delta, "type")
        if kind == "input_json_delta":
            call = self.draft.calls.get(index)
            if call is None:
                raise broken("arguments came for no tool call")
            call.json.append(string(delta, "partial_json"))
        elif kind in {"thinking_delta", "signature_delta"}:
            self._think(index, delta)
        return self.draft.say(string(delta, "text"))

    def _think(self, index: int, delta: JsonObject) -> None:
        thinking = self._thinking.get(index)
        if thinking is None:
            raise broken("a thought came for no block of thinking")
        thinking.pieces.append(string(delta, "thinking"))
        thinking.signature = string(delta, "signature") or thinking.signature
        self._remember(index)

    def _remember(self, index: int) -> None:
        """A block that was cut before its signature would be refused when it comes back."""
        thinking = self._thinking[index]
        if thinking.signature:
            text = "".join(thinking.pieces)
            block: JsonObject = {"type": "thinking", "thinking": text, "signature": thinking.signature}
            self.draft.think(index, block)

    def _count(self, usage: Json) -> None:
        """No reply is lost for how it was counted; one that is counted badly is taken for a long one."""
        if usage is None:
            return
        if not isinstance(usage, dict):
            self._counts = dict.fromkeys(COUNTED)
            return
        told = [name for name in COUNTED if usage.get(name) is not None]
        self._counts |= {name: count(usage, name) for name in told}
        by_lifetime = usage.get("cache_creation")
        if by_lifetime and WRITTEN not in told:
            self._counts[WRITTEN] = _sum(by_lifetime)

    def _stop(self) -> None:
        counts = {name: number for name, number in self._counts.items() if number is not None}
        if len(counts) == len(self._counts) and {"input_tokens", "output_tokens"} <= counts.keys():
            self.draft.usage = Usage(
                input_tokens=counts["input_tokens"],
                output_tokens=counts["output_tokens"],
                cache_read_tokens=counts.get(READ, 0),
                cache_write_tokens=counts.get(WRITTEN, 0),
            )
        self.draft.is_whole = True


def _sum(counts: Json) -> int | None:
    """None where one of them is no count."""
    if not isinstance(counts, dict):
        return None
    each = [count(counts, name) for name, value in counts.items() if value is not None]
    return sum(number for number in each if number is not None) if None not in each else None


ANTHROPIC = Dialect(
    path="/v1/messages",
    stream_type="text/event-stream",
    frames=ServerSentEvents,
    headers=headers,
    head=head,
    said=said,
    reply=AnthropicReply,
    count_path="/v1/messages/count_tokens",
)
