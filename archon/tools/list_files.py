"""`list`: what is in the workspace."""

from __future__ import annotations

from archon.domain.conversation import Tool
from archon.domain.manifest import Entry, FileEntry, FolderEntry, LinkEntry
from archon.domain.values import JsonObject
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed

MOST_ENTRIES = 400

_DEFINITION = Tool(
    name="list",
    description="List the files of the workspace, or of one folder in it, with their sizes in bytes.",
    parameters={
        "type": "object",
        "properties": {"path": {"type": "string", "description": "A folder. Default: the whole workspace."}},
        "additionalProperties": False,
    },
)


async def _list(context: ToolContext, arguments: JsonObject) -> str:
    folder = _folder(context, str(arguments.get("path") or ""))
    entries = {
        path: entry
        for path, entry in sorted(context.scope.workspace.manifest.entries.items())
        if not folder or path == folder or path.startswith(f"{folder}/")
    }
    if not entries:
        if folder:
            raise ToolFailed(f"There is nothing at {folder}.")
        return "The workspace is empty."
    lines = [_line(path, entry) for path, entry in list(entries.items())[:MOST_ENTRIES]]
    if len(entries) > MOST_ENTRIES:
        lines.append(f"[… {len(entries) - MOST_ENTRIES} more; name a folder to see its files …]")
    return "\n".join(lines)


def _folder(context: ToolContext, given: str) -> str:
    if given.strip("./") in ("", "workspace"):
        return ""
    return context.path(given.rstrip("/"))


def _line(path: str, entry: Entry) -> str:
    match entry:
        case FileEntry(size_bytes=size):
            return f"{path} ({size:,} bytes)"
        case LinkEntry(target=target):
            return f"{path} → {target}"
        case FolderEntry():
            return f"{path}/ (empty)"
        case _:
            return f"{path} ({entry.reason})"


LIST = AgentTool(definition=_DEFINITION, perform=_list, read_only=True)
