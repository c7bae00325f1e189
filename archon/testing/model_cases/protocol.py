"""The three protocols as the suite sees them: where in a stream things stand, and what each calls them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from archon.domain.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefusedRequest,
    ModelReplyBroken,
    ModelUnauthorized,
    RateLimited,
)
from archon.domain.values import JsonObject
from archon.testing.model_protocols import anthropic_events, ollama_events, openai_events
from archon.testing.model_script import ServedReply

MALFORMED = {
    "no JSON": "{oops",
    "no object": "[1]",
    "bytes that are not UTF-8": '{"id": "\udcff"}',
    "half a character": '{"id": "\\ud83d"}',
}
"""Events of no protocol."""
MARK = "@@@@@"
"""A text that is one event."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpokenProtocol:
    name: str
    events: Callable[[ServedReply, str], Iterator[bytes]]
    usage: bytes
    """Stands in the event that counts the tokens, and in none before it."""
    end: bytes
    """Stands in the event that is the end mark, and in none before it."""
    nothing: str
    """An event that says nothing, such as a ping."""
    own_malformed: Mapping[str, str]
    """What is wrong with it → an event that this protocol alone does not have."""
    reason: str
    """An event that gives `eh` for the reason to stop."""
    stream_errors: Mapping[str, type[ModelError]]
    """Names of error events inside a stream, and what they mean."""
    is_sse: bool = True
    wrap: Callable[[str], str] = field(default=lambda text: f"data: {text}\n\n")
    """An event that holds this JSON."""

    @property
    def malformed(self) -> dict[str, str]:
        """What is wrong with it → a stream that is not of the protocol."""
        events = {**MALFORMED, "an unknown reason to stop": self.reason, **self.own_malformed}
        return {what: self.wrap(event) for what, event in events.items()}

    def stream(self, reply: ServedReply) -> bytes:
        return b"".join(self.events(reply, "any"))

    def event(self, value: JsonObject) -> str:
        return self.wrap(json.dumps(value, ensure_ascii=False))

    def around(self, made: Callable[[str], str]) -> str:
        """A stream whose one event of text is what `made` makes of that event."""
        before, at, after = self._parts()
        return before + made(at) + after

    def piece(self, text: str) -> str:
        """An event with this text."""
        return self._parts()[1].replace(MARK, text)

    def _parts(self) -> tuple[str, str, str]:
        """A stream before, at and after its one event of text."""
        events = [event.decode() for event in self.events(ServedReply(text=MARK), "any")]
        place = next(place for place, event in enumerate(events) if MARK in event)
        return "".join(events[:place]), events[place], "".join(events[place + 1 :])

    def line_of(self, stream: bytes, mark: bytes) -> int:
        """Where the line with the mark begins."""
        return stream.rfind(b"\n", 0, stream.index(mark)) + 1


ANTHROPIC = SpokenProtocol(
    name="anthropic",
    events=anthropic_events,
    usage=b"event: message_delta",
    end=b"event: message_stop",
    nothing='event: ping\ndata: {"type": "ping"}\n\n',
    reason='{"type": "message_delta", "delta": {"stop_reason": "eh"}}',
    own_malformed={
        "a number for a text": '{"type": "content_block_delta", "index": 0, "delta": {"text": 3}}',
        "arguments for no call": '{"type": "content_block_delta", "index": 7, '
        '"delta": {"type": "input_json_delta"}}',
        "an end without a reason to stop": '{"type": "message_stop"}',
    },
    stream_errors={
        "overloaded_error": ModelOverloaded,
        "rate_limit_error": RateLimited,
        "invalid_request_error": ModelRefusedRequest,
        "authentication_error": ModelUnauthorized,
        "strange_error": ModelReplyBroken,
    },
)
OPENAI = SpokenProtocol(
    name="openai",
    events=openai_events,
    usage=b'"usage": {',
    end=b"data: [DONE]",
    nothing=": OPENROUTER PROCESSING\n\n",
    reason='{"choices": [{"delta": {}, "finish_reason": "eh"}]}',
    own_malformed={
        "no list of choices": '{"choices": 1}',
        "an object for a text": '{"choices": [{"index": 0, "delta": {"content": {}}}]}',
        "an end without a reason to stop": "[DONE]",
    },
    stream_errors={
        "rate_limit_exceeded": RateLimited,
        "server_error": ModelOverloaded,
        "invalid_api_key": ModelUnauthorized,
        "context_length_exceeded": ModelRefusedRequest,
        "502": ModelOverloaded,
        "strange_error": ModelReplyBroken,
    },
)
OLLAMA = SpokenProtocol(
    name="ollama",
    events=ollama_events,
    usage=b'"done": true',
    end=b'"done": true',
    nothing="\n",
    reason='{"done": true, "done_reason": "eh"}',
    own_malformed={
        "a list for a message": '{"message": []}',
        "a number for a text": '{"message": {"content": 3}}',
        "a call without a name": '{"message": {"tool_calls": [{"function": {"arguments": "{"}}]}}',
    },
    stream_errors={"an error": ModelReplyBroken},
    is_sse=False,
    wrap=lambda text: f"{text}\n",
)
ALL = (ANTHROPIC, OPENAI, OLLAMA)
WITH_EVENTS = (ANTHROPIC, OPENAI)
"""Those that send server-sent events, arguments in pieces and refusals."""
