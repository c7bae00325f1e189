"""Tool calls in plain text, for models that have no native tools: explained, read, and answered.

A call is written in tags, because code stands between tags as it is, without escapes. The forms that
models were trained on are read as well. What has no single meaning is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archon.agents.prompts import render
from archon.agents.replies.thoughts import without_thoughts
from archon.agents.replies.tool_arguments import check_arguments, properties, required, type_name
from archon.agents.replies.tool_examples import example_value
from archon.agents.replies.tool_forms import BadCallError, TextCall
from archon.agents.replies.tool_marks import Forms
from archon.agents.replies.tool_scan import Scan, scan
from archon.agents.replies.tool_values import spell_argument
from archon.domain.conversation import Tool, ToolCall, ToolResult
from archon.domain.values import Json, canonical


@dataclass(frozen=True, slots=True)
class CallsReply:
    """A reply that was understood."""

    calls: tuple[ToolCall, ...]
    """In order, with checked arguments; empty when the reply calls no tool."""
    said: str
    """The text around the calls, up to the first imagined result."""
    remark: str = ""
    """What the model should be told beside the results; mostly empty."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A reply that means a call and cannot be followed. None of its calls may be executed."""

    complaint: str
    """What was wrong and how to write it right, as words for the model."""


def explain(tools: Sequence[Tool]) -> str:
    """What to tell a model about calls in text, with each tool, its arguments and a short example."""
    longest = max(tools, key=lambda tool: len(required(tool)), default=None)
    return render(
        "tool_text",
        example=_example(longest) if longest else "",
        tools="\n\n".join(_explained(tool) for tool in tools),
    )


def _explained(tool: Tool) -> str:
    return f"## {tool.name}\n\n{tool.description}\n\n{_arguments(tool)}\n\n{_example(tool)}"


def _arguments(tool: Tool) -> str:
    lines = []
    for name, schema in properties(tool).items():
        described = schema.get("description")
        optional = "" if name in required(tool) else ", optional"
        remark = f": {described}" if isinstance(described, str) else ""
        lines.append(f"- {name} ({type_name(schema)}{optional}){remark}")
    return "\n".join(lines) or "It takes no arguments."


def _example(tool: Tool) -> str:
    arguments = {name: example_value(name, properties(tool).get(name, {})) for name in required(tool)}
    return spell_calls([ToolCall(id="", name=tool.name, arguments=arguments)])


def read_calls(
    text: str, tools: Sequence[Tool], *, number_from: int = 1, finish_reason: str = "stop"
) -> CallsReply | Broken:
    """The calls of a reply, numbered `call_1`, `call_2` … from `number_from` on.

    With the `finish_reason` `length` the last closing tag or bracket may not be missing.
    """
    arguments = {tool.name: frozenset(properties(tool)) for tool in tools}
    try:
        found = scan(without_thoughts(text), Forms(arguments, may_close=finish_reason != "length"))
        calls = _checked(found, tools, number_from)
    except BadCallError as error:
        return Broken(error.complaint)
    return CallsReply(calls, found.said, found.remark)


def _checked(found: Scan, tools: Sequence[Tool], number_from: int) -> tuple[ToolCall, ...]:
    return tuple(_call(call, f"call_{number}", tools) for number, call in enumerate(found.calls, number_from))


def _call(call: TextCall, call_id: str, tools: Sequence[Tool]) -> ToolCall:
    checked = check_arguments(ToolCall(id=call_id, name=call.name, arguments=call.arguments), tools)
    if isinstance(checked, str):
        raise BadCallError(checked)
    return checked


def spell_calls(calls: Sequence[ToolCall]) -> str:
    """Calls in tags, from which `read_calls` reads the same calls."""
    return "\n\n".join(_spelled(call) for call in calls)


def _spelled(call: ToolCall) -> str:
    arguments = (spell_argument(name, _worded(value)) for name, value in call.arguments.items())
    return "\n".join((f'<call tool="{call.name}">', *arguments, "</call>"))


def _worded(value: Json) -> str:
    return value if isinstance(value, str) else canonical(value).decode("utf-8", "surrogatepass")


def show_results(results: Sequence[ToolResult], calls: Sequence[ToolCall]) -> str:
    """What the model is answered: each result with its tool and whether it failed, in the given order."""
    names = {call.id: call.name for call in calls}
    return "\n\n".join(_shown(result, names.get(result.call_id, "unknown")) for result in results)


def _shown(result: ToolResult, name: str) -> str:
    tag = "result"
    while f"</{tag}>" in result.content:
        tag += "_"
    failed = ' failed="true"' if result.is_error else ""
    content = result.content.removesuffix("\n")
    return f'<{tag} of="{result.call_id}" tool="{name}"{failed}>\n{content}\n</{tag}>'
