"""`edit`: one piece of a file replaced by another."""

from __future__ import annotations

import asyncio

from archon.domain.conversation import Tool
from archon.domain.values import JsonObject
from archon.engine.outcomes import Refusal
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed
from archon.tools.edits.locate import ALREADY
from archon.tools.edits.outcome import NOTHING_TO_CHANGE, Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.write_files import write_files

_DEFINITION = Tool(
    name="edit",
    description=(
        "Replace a piece of a file. old is the file's own text, best in whole lines. It must occur once, "
        "unless replace_all or line is given: add lines around it until it does. If not, nothing changes."
    ),
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "old": {"type": "string", "description": "What is there now, without line numbers."},
            "new": {"type": "string", "description": "What is to stand there instead; empty to delete."},
            "replace_all": {"type": "boolean", "description": "Replace every occurrence. Default: false."},
            "line": {
                "type": "integer",
                "description": "Where old begins, to tell equal pieces apart.",
            },
        },
        "required": ["path", "old", "new"],
        "additionalProperties": False,
    },
)


async def _edit(context: ToolContext, arguments: JsonObject) -> str:
    path = context.writable(str(arguments["path"]))
    line = arguments.get("line")
    outcome = await asyncio.to_thread(
        replace,
        await context.text(path),
        str(arguments["old"]),
        str(arguments["new"]),
        replace_all=arguments.get("replace_all") is True,
        line_hint=line if isinstance(line, int) else None,
        path=path,
    )
    return await put(context, path, outcome, by=_DEFINITION.name, done=f"Edited {path}.")


async def put(context: ToolContext, path: str, outcome: Applied | Refused, *, by: str, done: str) -> str:
    """Write what an edit gave. Raises: ToolFailed with the edit's reason and the nearest text."""
    if isinstance(outcome, Refused) and outcome.reason.startswith((ALREADY, NOTHING_TO_CHANGE)):
        context.written.add(path)
        return f"{path} is so already; nothing was changed."
    if isinstance(outcome, Refused):
        raise ToolFailed("\n".join(filter(None, (f"Nothing was changed: {outcome.reason}", outcome.hint))))
    try:
        await write_files(context.scope, {path: outcome.text}, by=by)
    except Refusal as refusal:
        raise ToolFailed(str(refusal)) from None
    context.written.add(path)
    return f"{done} {outcome.note}".rstrip()


EDIT = AgentTool(definition=_DEFINITION, perform=_edit)
