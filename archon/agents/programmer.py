"""What agents that write programs with tools have in common: their tools, their form, their end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from archon.agents.loop import converse
from archon.agents.prompts import render
from archon.agents.replies.tool_text import explain
from archon.agents.run_limits import RunLimits
from archon.agents.tool_loop import Ended, Ending, ToolWork
from archon.agents.unmet import given_as_unmet
from archon.domain.conversation import Tool
from archon.domain.manifest import FileEntry
from archon.domain.values import JsonObject
from archon.engine.models.calls import Models
from archon.tools.agent_tool import AgentTool, ToolContext
from archon.tools.recall import RECALL, recall_from

ENTRY = "main.py"
"""The file that a program is started with."""
MOST_FILES = 500
LARGEST_BYTES = 5_000_000
"""What a program may consist of: its text is kept with every round."""
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
    """A workspace in which agents write a program, and what they have for it."""

    context: ToolContext
    models: Models
    limits: RunLimits
    max_turns: int
    """How often an agent may answer in one piece of work."""
    earlier: Collection[str] = ()
    """Paths that were part of the program before."""

    def program(self) -> dict[str, FileEntry]:
        """The program as it stands: what was part of it, what tools wrote, and Python files.

        Inputs are no part of it, nor is what stands where an input is laid out.
        """
        known = {*self.earlier, *self.context.written, ENTRY}
        return {
            path: entry
            for path, entry in self.context.scope.workspace.manifest.entries.items()
            if isinstance(entry, FileEntry)
            and (path in known or path.endswith(".py"))
            and not self.context.input_at(path)
        }

    def unusable(self) -> str:
        """Why what there is cannot be taken as a program; empty when it can."""
        if ENTRY not in self.program():
            return (
                f"There is no {ENTRY} in the workspace, and the program is started with it. Write it first."
            )
        return self.too_much()

    def too_much(self) -> str:
        """What speaks against a program of that size; empty when nothing does."""
        sizes = [entry.size_bytes for entry in self.program().values()]
        if len(sizes) <= MOST_FILES and sum(sizes) <= LARGEST_BYTES:
            return ""
        return (
            f"The program has {len(sizes):,} files with {sum(sizes):,} bytes, and at most {MOST_FILES} files "
            f"with {LARGEST_BYTES:,} bytes are taken. Remove what is no part of it."
        )

    async def work(self, agent: str, brief: str, objection: Objection, *others: Ending) -> Ended:
        """Let the agent work until it calls finish, or another ending.

        It asks the model of the role that has its name. Its prompt `{agent}_tools` says what it always is;
        `brief` is said first, as the user, since it holds what people and files say. Raises: as
        `ToolWork.run`.
        """

        async def accept(arguments: JsonObject) -> str:
            if given_as_unmet(arguments):
                return self.too_much()
            return self.unusable() or await objection()

        endings = (Ending(definition=FINISH, accept=accept), *others)
        tools = program_tools()
        offered = (*(tool.definition for tool in tools), RECALL, *(each.definition for each in endings))
        is_native = self.models.take_tools(agent)
        system = render(f"{agent}_tools", **self.limits.as_variables())
        conversation = converse(
            self.context.scope,
            self.models,
            agent=agent,
            role=agent,
            system=system if is_native else f"{system}\n{explain(offered)}",
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
        return await work.run(f"{brief}\n{OPENING}")


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
