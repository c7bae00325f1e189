"""`edit`: a piece of a file replaced by another, or several at once."""

from __future__ import annotations

import asyncio
import json
from functools import partial

from archon.domain.conversation import Tool
from archon.domain.values import JsonObject
from archon.engine.outcomes import Refusal
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed
from archon.tools.edits.blocks import apply_changes
from archon.tools.edits.locate import ALREADY
from archon.tools.edits.outcome import NOTHING_TO_CHANGE, Applied, Refused
from archon.tools.edits.replace import replace
from archon.tools.write_files import write_files

_DEFINITION = Tool(
    name="edit",
    description=(
        "Replace a piece of a file: give old and new, or several pieces at once: give diff. old is the "
        "file's own text, best in whole lines. It must occur once, unless replace_all or line is given: add "
        "lines around it until it does. If not, nothing changes."
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
            "diff": {
                "type": "string",
                "description": "In place of old and new: a unified diff of this file, or SEARCH/REPLACE "
                "blocks. All of it is applied, or nothing.",
            },
        },
        "required": ["path"],
        "additionalProperties": False,
    },
)


async def _edit(context: ToolContext, arguments: JsonObject) -> str:
    path = context.writable(str(arguments["path"]))
    old, new, diff = (arguments.get(name) for name in ("old", "new", "diff"))
    if diff and (old or new):
        raise ToolFailed("Nothing was changed: give old and new, or diff, not both.")
    if not diff and not (isinstance(old, str) and isinstance(new, str)):
        raise ToolFailed("Nothing was changed: edit needs old and new (empty to delete), or diff.")
    text = await context.text(path)
    line = arguments.get("line")
    edited = partial(
        replace,
        text,
        str(old),
        str(new),
        replace_all=arguments.get("replace_all") is True,
        line_hint=line if isinstance(line, int) else None,
        path=path,
    )
    outcome = await asyncio.to_thread(partial(apply_changes, text, str(diff), path=path) if diff else edited)
    return await put(context, arguments, outcome, by=_DEFINITION.name, done=f"Edited {path}.")


async def put(
    context: ToolContext, arguments: JsonObject, outcome: Applied | Refused, *, by: str, done: str
) -> str:
    """Write what an edit of `arguments["path"]` gave.

    The same call again says that what spoke against it is meant, where it may be.
    Raises: ToolFailed with the edit's reason and the nearest text.
    """
    path = context.path(str(arguments["path"]))
    if isinstance(outcome, Refused) and outcome.if_meant is not None:
        call = json.dumps([by, arguments], sort_keys=True)
        outcome = outcome.if_meant if call in context.doubted else outcome
        context.doubted.add(call)
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
