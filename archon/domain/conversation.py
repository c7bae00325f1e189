"""What is said to a model and what it answers, free of any provider's wire format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from archon.domain.values import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    text: str
    type: Literal["text", "tool_text", "gap"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolText(Text):
    """What a tool gave, told in words to a model that is not offered tools as its provider defines them.

    Providers get it as text. It is no person's word, so it may be left out of a long conversation.
    """

    call_id: str
    """Unlike every other in its conversation."""
    title: str = ""
    """Of what it is the result, such as `read_file a.py`."""
    type: Literal["text", "tool_text", "gap"] = "tool_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Text):
    """A note that whole turns were left out here. Providers get it as text."""

    turns: int
    type: Literal["text", "tool_text", "gap"] = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    id: str
    name: str
    arguments: JsonObject
    type: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    call_id: str
    content: str
    is_error: bool = False
    type: Literal["tool_result"] = "tool_result"


Part: TypeAlias = Text | ToolText | Gap | ToolCall | ToolResult


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Message:
    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text parts joined by nothing; tool calls and results left out."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


def user(text: str) -> Message:
    return Message(role="user", parts=(Text(text=text),))


def assistant(text: str) -> Message:
    return Message(role="assistant", parts=(Text(text=text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemBlock:
    text: str
    cache: bool = False
    """Whether the prompt up to here is worth keeping in the provider's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    name: str
    description: str
    parameters: JsonObject
    """A JSON Schema of type object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRef:
    """Where in which task a call is made; for people and logs, never part of a prompt."""

    task_id: str
    key: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How long the beginning of a request is, as its provider counted it when it answered that much."""

    messages: int
    """How many messages, with everything in front of them."""
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One call of a model: everything it is told, and nothing a provider would name differently."""

    role: str
    """Whose model is asked: planner, coder or fixer."""
    model: str
    """The model string a user wrote, such as `claude-sonnet-4-6` or `ollama/gemma:2b`."""
    system: tuple[SystemBlock, ...]
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    output_schema: JsonObject | None = None
    """A JSON Schema that the reply should satisfy; a hint for providers that can enforce it."""
    max_output_tokens: int = 8192
    temperature: float | None = None
    agent: str = ""
    """Who asks, for people and logs, never part of a prompt: planner, checker, coder, fixer, judge."""
    ref: CallRef = CallRef(task_id="", key="", hash="")
    measured: Measured | None = None
    """For estimates of its length, never part of a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them. The four numbers do not overlap."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    is_estimated: bool = False
    """True when the provider reported nothing and the numbers are our own upper estimate."""

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens


FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResponse:
    """The whole answer: the last item of every response stream."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason = "stop"
    usage: Usage = Usage()
    model: str = ""
    """The model that answered, as the provider names it."""
    asked: str = ""
    """The model string that was asked: the request's, or that of the model behind it."""
    cost_microusd: int = 0
    price_known: bool = True
    """False when the cost was counted at another model's price."""
    reservation_id: str = ""
    """The reservation this answer settles; empty outside a budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    text: str


Delta: TypeAlias = TextDelta | ModelResponse
"""What a response stream yields: any number of pieces, then exactly one whole response."""
