"""A reply while it arrives, in no provider's format."""

from __future__ import annotations

from dataclasses import dataclass, field

from archon.adapters.model.reading import broken, parse_object
from archon.adapters.model.route import Route
from archon.domain.conversation import FinishReason, ModelRequest, ModelResponse, Thought, ToolCall, Usage
from archon.domain.errors import ModelReplyBroken
from archon.domain.tokens import count_upper_bound
from archon.domain.values import JsonObject


@dataclass
class CallDraft:
    """A tool call whose arguments arrive as pieces of JSON."""

    id: str = ""
    name: str = ""
    json: list[str] = field(default_factory=list)

    def arguments(self) -> JsonObject:
        """Raises: ModelReplyBroken when the pieces are no JSON object."""
        text = "".join(self.json)
        return parse_object(text) if text.strip() else {}


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
        """Note why the model stopped, in the provider's word. Raises: ModelReplyBroken for an unknown one."""
        if reason:
            if reason not in reasons:
                raise broken(f"{reason[:40]!r} is no known reason to stop")
            self.finish = reasons[reason]

    def response(self, request: ModelRequest) -> ModelResponse:
        """The whole reply. Raises: ModelReplyBroken when what arrived does not make one."""
        if self.finish is None:
            raise broken("no reason to stop was given")
        calls = self._tool_calls(is_cut=self.finish == "length")
        finish = "tool_calls" if calls and self.finish == "stop" else self.finish
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

    def _tool_calls(self, *, is_cut: bool) -> tuple[ToolCall, ...]:
        """The calls in their order; one that the length limit cut is left out, never completed."""
        made: list[ToolCall] = []
        for position, call in sorted(self.calls.items()):
            try:
                arguments = call.arguments()
            except ModelReplyBroken:
                if is_cut:
                    continue
                raise broken(f"the arguments of the tool call {call.name!r} are no JSON object") from None
            if not call.name:
                raise broken("a tool call has no name")
            made.append(ToolCall(id=call.id or unnamed(position), name=call.name, arguments=arguments))
        return tuple(made)


def unnamed(position: int) -> str:
    """The id of a call whose provider gave it none."""
    return f"call_{position}"


def _worst_usage(request: ModelRequest) -> Usage:
    """All output that was allowed: a model may have thought out of sight."""
    return Usage(
        input_tokens=count_upper_bound(request), output_tokens=request.max_output_tokens, is_estimated=True
    )
