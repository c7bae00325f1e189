"""What is said to a model and what it answers, free of any provider's wire format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
    type: Literal["tool_call", "broken_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCall(ToolCall):
    """A call whose arguments cannot be read. Nothing is done with it: its model is told what was wrong.

    Its arguments are empty, and so it stands in the conversation: some providers refuse what is no JSON.
    """

    arguments: JsonObject = field(default_factory=dict)
    raw: str
    """What the model wrote for them, its beginning at least."""
    fault: str
    """What is wrong with it, such as `at character 12 a ',' is missing`."""
    type: Literal["tool_call", "broken_call"] = "broken_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    call_id: str
    content: str
    is_error: bool = False
    type: Literal["tool_result"] = "tool_result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What a model thought, in its provider's own form: kept to be handed back to it, and read by nobody."""

    source: str
    """Provider and model, such as `anthropic/claude-sonnet-4-6`; no other model is sent it."""
    content: JsonObject
    after_chars: int = 0
    """How much of the answer's text came before it."""
    type: Literal["thought"] = "thought"


Part: TypeAlias = Text | ToolText | Gap | ToolCall | BrokenCall | ToolResult | Thought


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Literal["user", "assistant"]
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text parts joined by nothing; tool calls, results and thoughts left out."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


def user(text: str) -> Message:
    return Message(role="user", parts=(Text(text=text),))


def assistant(text: str) -> Message:
    return Message(role="assistant", parts=(Text(text=text),))


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class SystemBlock:
    text: str
    cache: bool = False
    """Whether the prompt up to here is worth keeping in the provider's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Tool:
    name: str
    description: str
    parameters: JsonObject
    """A JSON Schema of type object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCall:
    """An earlier call of the same task, whose answer is recorded."""

    role: str
    agent: str
    key: str
    model: str = ""
    """The model string that was asked, such as that of the fallback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRef:
    """Where in which task a call is made; for people and logs, never part of a prompt."""

    task_id: str
    key: str
    hash: str
    earlier: Callable[[], tuple[AnsweredCall, ...]] = field(default=tuple, compare=False, repr=False)
    """The calls of the task that are answered by then, in their order, whichever process asked them."""


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
    """Whose model is asked, such as planner, coder or fixer."""
    model: str
    """The model string a user wrote, such as `claude-sonnet-4-6` or `ollama/gemma:2b`."""
    system: tuple[SystemBlock, ...]
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    output_schema: JsonObject | None = None
    """A JSON Schema that the reply should satisfy; a hint for providers that can enforce it."""
    max_output_tokens: int = 8192
    temperature: float | None = None
    thinking: bool = False
    """Whether thinking before the answer is worth its tokens; a wish, left out where a model cannot."""
    parameters: JsonObject = field(default_factory=dict)
    """Further ones, in the words of `archon/domain/parameters.py`; the fields here come before them."""
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
    tool_calls: tuple[ToolCall | BrokenCall, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    """Only those that its provider wants to be handed back, in their order."""
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

    def as_message(self, *, with_calls: bool = True) -> Message:
        """What was said, as a conversation goes on from it: each thought where it came, the calls last."""
        parts: list[Part] = []
        told = 0
        for thought in self.thoughts:
            if thought.after_chars > told:
                parts.append(Text(text=self.text[told : thought.after_chars]))
                told = thought.after_chars
            parts.append(thought)
        calls = self.tool_calls if with_calls else ()
        return Message(role="assistant", parts=(*parts, Text(text=self.text[told:]), *calls))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    text: str


Delta: TypeAlias = TextDelta | ModelResponse
"""What a response stream yields: any number of pieces, then exactly one whole response."""
