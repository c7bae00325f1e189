"""OpenAI's chat completions, as OpenAI, Gemini, DeepSeek, Groq and OpenRouter serve them.

Source: OpenAI API reference, "Streaming", and the providers' own words where they differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archon.adapters.model import failures
from archon.adapters.model.draft import CallDraft, Draft
from archon.adapters.model.framing import ServerSentEvents
from archon.adapters.model.openai_request import SIGNED, THOUGHTS, head, said
from archon.adapters.model.reading import broken, integer, member, members, parse_object, string
from archon.adapters.model.usage import usage_in
from archon.adapters.model.wire import Dialect, text_of
from archon.domain.conversation import FinishReason
from archon.domain.values import JsonObject

END_MARK = "[DONE]"
PAYLOAD = {"choices", "usage", "x_groq"}
"""Fields of which one makes an object a chunk."""
MALFORMED: tuple[str, ...] = ("malformed_function_call", "function_call_filter")
"""Gemini's for a call that it cannot read itself. None of the reply's calls is to be made, and sending the
request again would mostly end the same way: the model is told that it called nothing."""
FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "refusal",
    # Gemini's own, which it passes on in capitals.
    "max_tokens": "length",
    "safety": "refusal",
    "recitation": "refusal",
    "blocklist": "refusal",
    "prohibited_content": "refusal",
    "spii": "refusal",
    **dict.fromkeys(MALFORMED, "stop"),
}


def headers(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


@dataclass
class OpenAIReply:
    """Chunks of the first choice; `[DONE]` is the end mark, and the usage comes just before it."""

    draft: Draft
    _is_refusal: bool = False
    _is_unread: bool = False
    """Whether the provider could not read a call."""
    _reason: FinishReason | None = None
    """Why the model stopped, in the provider's view."""
    _has_others: bool = False
    """Whether something came for a choice that nobody asked for."""
    _latest: dict[int, int] = field(default_factory=dict)
    """Index → position of the call that it meant last."""
    _thoughts: list[str] = field(default_factory=list)

    def take(self, event: str) -> str:
        """As `Reply` says."""
        if event.strip() == END_MARK:
            self._end()
            return ""
        chunk = parse_object(event)
        if failures.is_error(chunk, is_event=not chunk.keys().isdisjoint(PAYLOAD)):
            raise failures.of_error(self.draft.route, chunk)
        self.draft.model = self.draft.model or string(chunk, "model")
        choices = members(chunk, "choices")
        # Groq puts its count aside, Moonshot into the choice; the last that is one counts.
        for place in (chunk, member(chunk, "x_groq"), *choices):
            self.draft.usage = usage_in(place) or self.draft.usage
        return "".join(map(self._choice, choices))

    def _choice(self, choice: JsonObject) -> str:
        if integer(choice, "index"):
            self._has_others = True
            return ""
        if choice.get("error"):  # where OpenRouter tells that the provider behind it broke off
            raise failures.of_error(self.draft.route, choice)
        delta = member(choice, "delta")
        if not delta and choice.get("message"):
            raise broken("a whole message came where a piece should be")
        if delta.get("function_call"):
            raise broken("a function was called in the way that tool calls have replaced")
        self._check_order(choice, delta)
        self._thoughts.append(string(delta, THOUGHTS))
        for call in members(delta, "tool_calls"):
            self._grow(call)
        text = self.draft.say(string(delta, "content"))
        refusal = self.draft.say(string(delta, "refusal"))
        self._is_refusal = self._is_refusal or bool(refusal)
        self._finish(string(choice, "finish_reason"))
        return text + refusal

    def _check_order(self, choice: JsonObject, delta: JsonObject) -> None:
        """Nothing comes after the end. Only where each piece names a reason is the last one the end."""
        is_more = any(delta.get(name) for name in ("content", "refusal", "tool_calls"))
        if self._reason and is_more and not choice.get("finish_reason"):
            raise broken("more came after the reason to stop")

    def _finish(self, word: str) -> None:
        self.draft.finish_as(word, FINISH)
        if word and self._reason and self._reason != self.draft.finish:
            raise broken("two reasons to stop were given")
        self._reason = self.draft.finish if word else self._reason
        self._is_unread = self._is_unread or word.lower().startswith(MALFORMED)
        if self._is_refusal and self.draft.finish:
            self.draft.finish = "refusal"

    def _end(self) -> None:
        if self._has_others and not self.draft.pieces and not self.draft.calls:
            raise broken("only a choice came that nobody asked for")
        if self._is_unread:
            self.draft.calls.clear()
        self._remember()
        self.draft.is_whole = True

    def _grow(self, piece: JsonObject) -> None:
        """A call begins with its id and name; the pieces after it carry its index alone."""
        call_id, function = string(piece, "id"), member(piece, "function")
        name, arguments = string(function, "name"), _text_of_arguments(function)
        index = integer(piece, "index") or 0
        calls, position = self.draft.calls, self._latest.get(index, index)
        if position in calls and calls[position].is_followed_by(call_id, name, arguments):
            position = max(calls) + 1  # Gemini numbers every parallel call 0
        self._latest[index] = position
        call = calls.setdefault(position, CallDraft(id=call_id))
        call.name = call.name or name
        call.json.append(arguments)
        if signed := member(piece, SIGNED):
            self.draft.think(1 + position, {"call": position, SIGNED: signed})

    def _remember(self) -> None:
        """Thoughts that led to no call are of no further use to anybody."""
        thought = "".join(self._thoughts)
        if thought and self.draft.calls and self.draft.route.profile.wants_thoughts_back:
            self.draft.think(0, {THOUGHTS: thought})


def _text_of_arguments(function: JsonObject) -> str:
    """A piece of their text. Some servers give an object at once."""
    given = function.get("arguments")
    return text_of(given) if isinstance(given, dict) else string(function, "arguments")


OPENAI = Dialect(
    path="/chat/completions",
    stream_type="text/event-stream",
    frames=ServerSentEvents,
    headers=headers,
    head=head,
    said=said,
    reply=OpenAIReply,
)
