"""How calls of tools come out of a reply and results go back: natively, or in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archon.agents.loop import Misunderstood
from archon.agents.replies.tool_text import Broken, show_results
from archon.agents.replies.tool_text import read_calls as read_text_calls
from archon.domain.conversation import (
    BrokenCall,
    Message,
    ModelResponse,
    Part,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    ToolText,
)
from archon.engine.context.names import title_of

MOST_CALLS = 50
"""In one reply, however it is written."""
QUOTED_CHARS = 300
"""Of arguments that cannot be read."""


@dataclass(frozen=True, slots=True)
class Called:
    """What a reply calls."""

    calls: tuple[ToolCall, ...]
    remark: str = ""
    """What the model is told about the form of its calls, beside their results."""


def read_calls(response: ModelResponse, tools: Sequence[Tool], *, number_from: int) -> Called | Misunderstood:
    """The calls of a reply, none included, or what is wrong with their form.

    A model that is offered tools natively may still write a call in words; that counts too. Calls in
    words are numbered from `number_from` on.
    """
    if len(response.tool_calls) > MOST_CALLS:
        return Misunderstood(f"it calls {len(response.tool_calls)} tools; {MOST_CALLS} at once are the most.")
    if broken := [call for call in response.tool_calls if isinstance(call, BrokenCall)]:
        return Misunderstood(" ".join(map(_fault, broken)))
    if response.tool_calls:
        return Called(response.tool_calls)
    reply = read_text_calls(response.text, tools, number_from=number_from)
    if isinstance(reply, Broken):
        return Misunderstood(reply.complaint)
    return Called(reply.calls, reply.remark)


def _fault(call: BrokenCall) -> str:
    """What is wrong with a call, and what was written: the model is not shown that again otherwise."""
    more = "…" if len(call.raw) > QUOTED_CHARS else ""
    return (
        f"the arguments of its call of {call.name[:60]!r} are no JSON object: {call.fault}. They began with "
        f"{call.raw[:QUOTED_CHARS]}{more}\nWrite the whole call again, as valid JSON."
    )


def answer(calls: Sequence[ToolCall], results: Sequence[ToolResult], note: str, *, natively: bool) -> Message:
    """The results of all calls and what is said beside them, in the form in which they were called."""
    parts: list[Part] = [*results] if natively else [*_in_words(calls, results)]
    if note or not parts:
        parts.append(Text(text=note))
    return Message(role="user", parts=tuple(parts))


def _in_words(calls: Sequence[ToolCall], results: Sequence[ToolResult]) -> Iterator[ToolText]:
    for call, result in zip(calls, results, strict=True):
        shown = show_results([result], [call])
        yield ToolText(text=f"{shown}\n\n", call_id=call.id, title=title_of(call))
