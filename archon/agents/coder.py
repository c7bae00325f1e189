"""Writes the first version of a program."""

from __future__ import annotations

from archon.agents.files_reply import read_files
from archon.agents.loop import ask, converse
from archon.agents.programmer import ENTRY, Programming
from archon.agents.prompts import render
from archon.agents.replies.files import FilesReply
from archon.agents.run_limits import RunLimits
from archon.agents.tool_loop import Ended
from archon.engine.models.calls import Models
from archon.engine.scope import Scope


async def write_draft(
    scope: Scope, models: Models, *, limits: RunLimits, objective: str, inputs: str, plan: str
) -> FilesReply:
    """The program's files. Raises as `loop.ask` does."""
    system = render("coder", **limits.as_variables())
    conversation = converse(scope, models, agent="coder", role="coder", system=system)
    brief = render("coder_brief", objective=objective, inputs=inputs, plan=plan)
    return await ask(conversation, brief, lambda response: read_files(response, default_name=ENTRY))


async def draft_with_tools(work: Programming, *, objective: str, inputs: str, plan: str) -> Ended:
    """Have the program written in the workspace. Raises: as `ToolWork.run` does."""
    brief = render("coder_brief", objective=objective, inputs=inputs, plan=plan)
    return await work.work("coder", brief, _nothing)


async def _nothing() -> str:
    return ""
