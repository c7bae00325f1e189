"""`write`: a whole file."""

from __future__ import annotations

import asyncio

from archon.domain.conversation import Tool
from archon.domain.manifest import FileEntry
from archon.domain.values import JsonObject
from archon.tools.agent_tool import AgentTool, ToolContext
from archon.tools.edit_file import put
from archon.tools.edits.whole_file import write_whole

_DEFINITION = Tool(
    name="write",
    description="Write a whole file, new or in place of the old one. Leave nothing out of it.",
    parameters={
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
        "additionalProperties": False,
    },
)


async def _write(context: ToolContext, arguments: JsonObject) -> str:
    path, content = context.writable(str(arguments["path"])), _ended(str(arguments["content"]))
    is_there = isinstance(context.scope.workspace.manifest.entries.get(path), FileEntry)
    before = await context.text(path) if is_there else None
    outcome = await asyncio.to_thread(write_whole, before, content, path=path)
    done = f"Wrote {path}, {len(content.splitlines())} lines."
    return await put(context, arguments, outcome, by=_DEFINITION.name, done=done)


def _ended(content: str) -> str:
    """The text with a line break at its end: in words, the one before a closing tag is not part of it."""
    return content if not content or content.endswith("\n") else f"{content}\n"


WRITE = AgentTool(definition=_DEFINITION, perform=_write)
