"""What agents that write programs with tools have in common: their tools, their form, their end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from archon.agents.loop import converse
from archon.agents.replies.tool_text import explain
from archon.agents.tool_loop import Ended, Ending, ToolWork
from archon.domain.conversation import Tool
from archon.domain.manifest import FileEntry
from archon.domain.values import JsonObject
from archon.engine.models.calls import Models
from archon.tools.agent_tool import AgentTool, ToolContext
from archon.tools.recall import RECALL, recall_from

ENTRY = "main.py"
"""The file that a program is started with."""
FINISH = Tool(
    name="finish",
    description="End the work: the program in the workspace does all that was asked.",
    parameters={
        "type": "object",
        "properties": {
            "summary": {"type": "string", "description": "What was done and why, in one or two sentences."},
            "unmet": {
                "type": "string",
                "description": "Only where no program can meet the objective: why. The task then fails.",
            },
        },
        "required": ["summary"],
        "additionalProperties": False,
    },
)
OPENING = "Begin. Call finish when the program does all that the objective asks."

Objection: TypeAlias = Callable[[], Awaitable[str]]
"""What speaks against taking the workspace as the result; empty when nothing does."""


@dataclass(frozen=True, kw_only=True)
class Programming:
    """One piece of work on a program in a workspace."""

    context: ToolContext
    models: Models
    agent: str
    role: str
    system: str
    brief: str
    """What it is about: said first, as the user, since it holds what people and files say."""
    max_turns: int

    async def work(self, objection: Objection, *others: Ending) -> Ended:
        """Let the agent work until it calls finish, or another ending. Raises: as `ToolWork.run`."""

        async def accept(arguments: JsonObject) -> str:
            return "" if arguments.get("unmet") else has_no_entry(self.context) or await objection()

        endings = (Ending(definition=FINISH, accept=accept), *others)
        tools = program_tools()
        offered = (*(tool.definition for tool in tools), RECALL, *(each.definition for each in endings))
        is_native = self.models.take_tools(self.role)
        conversation = converse(
            self.context.scope,
            self.models,
            agent=self.agent,
            role=self.role,
            system=self.system if is_native else f"{self.system}\n{explain(offered)}",
            tools=offered if is_native else (),
            recall=RECALL.name,
        )
        work = ToolWork(
            conversation=conversation,
            context=self.context,
            tools=(*tools, recall_from(conversation.original)),
            endings=endings,
            max_turns=self.max_turns,
        )
        return await work.run(f"{self.brief}\n{OPENING}")


def program_tools() -> tuple[AgentTool, ...]:
    """What an agent has to work on a program with."""
    # Not at the top: a task that is done without tools needs none of it, and it takes 20 ms of CPU to import.
    from archon.tools.edit_file import EDIT
    from archon.tools.list_files import LIST
    from archon.tools.read_file import READ
    from archon.tools.run_shell import RUN
    from archon.tools.search_files import SEARCH
    from archon.tools.write_file import WRITE

    return READ, LIST, SEARCH, EDIT, WRITE, RUN


def has_no_entry(context: ToolContext) -> str:
    if isinstance(context.scope.workspace.manifest.entries.get(ENTRY), FileEntry):
        return ""
    return f"There is no {ENTRY} in the workspace, and the program is started with it. Write it first."
