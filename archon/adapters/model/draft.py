"""A reply while it arrives, in no provider's format."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from itertools import count

from archon.adapters.model.extent import Extent
from archon.adapters.model.reading import broken, parse_arguments
from archon.adapters.model.route import Route
from archon.domain.conversation import (
    BrokenCall,
    FinishReason,
    ModelRequest,
    ModelResponse,
    Thought,
    ToolCall,
    Usage,
)
from archon.domain.errors import ModelReplyBroken
from archon.domain.tokens import count_upper_bound
from archon.domain.values import JsonObject

LONGEST_RAW_CHARS = 4_000
"""What is kept of arguments that cannot be read: enough to see what was meant, and no more to carry along."""


@dataclass
class CallDraft:
    """A tool call whose arguments arrive as pieces of JSON."""

    id: str = ""
    name: str = ""
    json: list[str] = field(default_factory=list)
    whole: JsonObject = field(default_factory=dict)
    """Arguments that came at once; pieces count before them."""
    _extent: Extent = field(default_factory=Extent)
    _is_blank: bool = True
    _read: int = 0
    """How many of the pieces have been looked at."""

    def made(self, call_id: str) -> ToolCall:
        """The call, as it was written: a broken one where the pieces are no JSON object."""
        self._look()
        if self._is_blank:
            return ToolCall(id=call_id, name=self.name, arguments=self.whole)
        raw = "".join(self.json)
        try:
            return ToolCall(id=call_id, name=self.name, arguments=parse_arguments(raw))
        except ModelReplyBroken as fault:
            return BrokenCall(id=call_id, name=self.name, raw=raw[:LONGEST_RAW_CHARS], fault=fault.message)

    def is_followed_by(self, call_id: str, name: str, arguments: str) -> bool:
        """Whether a piece with this id, name and arguments, which may be empty, begins another call.

        Some repeat the name with each piece, also with an empty one at the end.
        """
        self._look()
        if not name:  # some give each piece an id of its own
            return self._extent.is_closed and bool(call_id) and call_id != self.id
        if call_id:
            return call_id != self.id
        if self._is_blank:
            return name != self.name
        return self._extent.is_closed and (name != self.name or bool(arguments.strip()))

    @property
    def is_open(self) -> bool:
        """Whether the arguments have begun and not ended."""
        self._look()
        return not (self._is_blank or self._extent.is_closed)

    @property
    def is_blank(self) -> bool:
        """Whether no argument has come: there is none, or the reply was cut before the first."""
        self._look()
        return self._is_blank and not self.whole

    def _look(self) -> None:
        """Each piece once: a call of many pieces is asked after each."""
        for piece in self.json[self._read :]:
            self._extent.read(piece)
            self._is_blank = self._is_blank and not piece.strip()
        self._read = len(self.json)


@dataclass
class Draft:
    """What has been said so far. It is a response only once the provider has marked its end."""

    route: Route
    pieces: list[str] = field(default_factory=list)
    calls: dict[int, CallDraft] = field(default_factory=dict)
    """By position; those of one reply may arrive interleaved."""
    thoughts: dict[int, Thought] = field(default_factory=dict)
    """By position; one that is not whole is not here."""
    finish: FinishReason | None = None
    is_finish_unsaid: bool = False
    """Whether the provider marks the end without a word of why: the count of what it wrote tells."""
    model: str = ""
    usage: Usage | None = None
    is_whole: bool = False

    def say(self, text: str) -> str:
        """Add a piece of text, and return it."""
        if text:
            self.pieces.append(text)
        return text

    def think(self, position: int, content: JsonObject) -> None:
        """Note a thought that is to be handed back as `content` says."""
        after = sum(map(len, self.pieces))
        self.thoughts[position] = Thought(source=self.route.source, content=content, after_chars=after)

    def finish_as(self, reason: str, reasons: dict[str, FinishReason]) -> None:
        """Note why the model stopped, in the provider's word, whose case and details do not count.

        Raises: ModelReplyBroken for an unknown one.
        """
        if reason:
            word = reason.partition(":")[0].strip().lower()
            if word not in reasons:
                raise broken(f"{reason[:40]!r} is no known reason to stop")
            self.finish = reasons[word]

    def response(self, request: ModelRequest) -> ModelResponse:
        """The whole reply. Raises: ModelReplyBroken when what arrived does not make one."""
        reason = self._counted_finish(request) if self.is_finish_unsaid else self.finish
        if reason is None:
            raise broken("no reason to stop was given")
        if self._is_cut_unsaid(request):
            reason = "length"
        calls = self._tool_calls(request, is_cut=reason == "length")
        finish = "tool_calls" if calls and reason == "stop" else reason
        if finish == "tool_calls" and not calls:
            raise broken("tool calls were announced, and none came")
        return ModelResponse(
            text="".join(self.pieces),
            tool_calls=calls,
            thoughts=tuple(thought for _, thought in sorted(self.thoughts.items())),
            finish_reason=finish,
            usage=self.usage or _worst_usage(request),
            model=self.model or self.route.model,
        )

    def as_said(self, request: ModelRequest) -> ModelResponse:
        """What has been said, as the whole of it: without calls, and counted at the most."""
        self.calls, self.usage, self.finish, self.is_finish_unsaid = {}, None, "stop", False
        return self.response(request)

    def _counted_finish(self, request: ModelRequest) -> FinishReason | None:
        if self.usage is None:
            return None
        return "length" if self.usage.output_tokens >= request.max_output_tokens else "stop"

    def _is_cut_unsaid(self, request: ModelRequest) -> bool:
        """Whether the reply ends inside of a call and is as long as was allowed, whatever reason is given."""
        last = self.calls.get(max(self.calls, default=0))
        written = self.usage.output_tokens if self.usage else 0
        return last is not None and last.is_open and written >= request.max_output_tokens

    def _tool_calls(self, request: ModelRequest, *, is_cut: bool) -> tuple[ToolCall, ...]:
        """The calls in their order; one that the length limit cut is left out, never completed."""
        made: dict[str, ToolCall] = {}
        last = max(self.calls, default=0)
        for position, call in sorted(self.calls.items()):
            if is_cut and position == last and call.is_blank:
                continue
            # No two calls of a conversation may share an id, or a result would answer both.
            call_id = call.id if call.id and call.id not in made else self._new_id(request, position, made)
            written = call.made(call_id)
            if is_cut and isinstance(written, BrokenCall):
                continue
            if not call.name:
                raise broken("a tool call has no name")
            made[call_id] = written
        return tuple(made.values())

    def _new_id(self, request: ModelRequest, position: int, made: Container[str]) -> str:
        """An id that nothing else has, and the same for the same reply."""
        taken = {call.id for call in self.calls.values()} | _ids_of(request)
        wish = f"call_{len(request.messages)}_{position}"
        spellings = (wish + "_" * number for number in count())
        return next(each for each in spellings if each not in taken and each not in made)


def _ids_of(request: ModelRequest) -> set[str]:
    """The ids of all calls of the conversation."""
    parts = (part for message in request.messages for part in message.parts)
    return {part.id for part in parts if isinstance(part, ToolCall)}


def _worst_usage(request: ModelRequest) -> Usage:
    """All output that was allowed: a model may have thought out of sight."""
    return Usage(
        input_tokens=count_upper_bound(request), output_tokens=request.max_output_tokens, is_estimated=True
    )
