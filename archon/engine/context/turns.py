"""A conversation as turns: what the model said, and what its tools gave to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archon.domain.conversation import Message, Part, ToolCall, ToolResult, ToolText


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An answer of the model and all that was said to it before its next one."""

    start: int
    """Where its answer stands among the messages."""
    end: int
    """Where the next turn begins."""
    is_open: bool
    """Whether a call of it has no result."""
    is_only_tools: bool
    """Whether nothing was said to it but the results of its tools."""

    @property
    def places(self) -> range:
        return range(self.start, self.end)


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """All turns, the oldest first. What was said before the first answer belongs to none."""
    starts = [place for place, message in enumerate(messages) if message.role == "assistant"]
    ends = [*starts[1:], len(messages)]
    return [_turn(messages, start, end) for start, end in zip(starts, ends, strict=False)]


def has_tools(messages: Sequence[Message]) -> bool:
    return any(isinstance(part, ToolCall | ToolResult | ToolText) for part in _parts(messages))


def said_by_tool(part: Part) -> str | None:
    """What a tool gave, if that is what the part is."""
    if isinstance(part, ToolResult):
        return part.content
    return part.text if isinstance(part, ToolText) else None


def call_id_of(part: Part) -> str:
    """Of the call that the part makes or answers; empty for any other."""
    if isinstance(part, ToolCall):
        return part.id
    return part.call_id if isinstance(part, ToolResult | ToolText) else ""


def _turn(messages: Sequence[Message], start: int, end: int) -> Turn:
    said = list(_parts(messages[start + 1 : end]))
    called = {part.id for part in messages[start].parts if isinstance(part, ToolCall)}
    answered = {part.call_id for part in said if isinstance(part, ToolResult)}
    return Turn(
        start=start,
        end=end,
        is_open=not called <= answered,
        is_only_tools=bool(said) and all(said_by_tool(part) is not None for part in said),
    )


def _parts(messages: Sequence[Message]) -> Iterator[Part]:
    return (part for message in messages for part in message.parts)
