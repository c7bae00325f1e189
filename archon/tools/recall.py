"""`recall`: what was left out of a conversation that grew too long."""

from __future__ import annotations

from collections.abc import Callable

from archon.domain.conversation import Tool
from archon.domain.values import JsonObject
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed, shown

RECALL = Tool(
    name="recall",
    description="Show again what was left out of this conversation to save room, by the name in its place.",
    parameters={
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
        "additionalProperties": False,
    },
)


def recall_from(original: Callable[[str], str | None]) -> AgentTool:
    """The tool for one conversation; `original` gives what a name stands for, None for no such name."""

    async def recall(context: ToolContext, arguments: JsonObject) -> str:
        name = str(arguments["name"])
        text = original(name)
        if text is None:
            raise ToolFailed(f"Nothing of that name was left out: {name[:200]!r}.")
        return shown(text)

    return AgentTool(definition=RECALL, perform=recall, read_only=True)
