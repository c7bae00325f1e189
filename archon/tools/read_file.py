"""`read`: the lines of a file, numbered."""

from __future__ import annotations

from archon.domain.clipping import clipped_line
from archon.domain.conversation import Tool
from archon.domain.values import JsonObject
from archon.tools.agent_tool import SHOWN_CHARS, AgentTool, ToolContext, ToolFailed
from archon.tools.edits.lines import lines_of, plain_ends

MOST_LINES = 1_000
LONGEST_LINE = 2_000

_DEFINITION = Tool(
    name="read",
    description=(
        f"Show a text file's lines, each behind its number and a tab. At most {MOST_LINES} lines at once; "
        "start and end choose others."
    ),
    parameters={
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Relative to the workspace."},
            "start": {"type": "integer", "description": "First line, from 1. Default: 1."},
            "end": {"type": "integer", "description": "Last line, included. Default: the file's last."},
        },
        "required": ["path"],
        "additionalProperties": False,
    },
)


async def _read(context: ToolContext, arguments: JsonObject) -> str:
    path = context.readable(str(arguments["path"]))
    lines = lines_of(plain_ends(await context.text(path)))
    if not lines:
        return f"{path} is empty."
    start, end = _range(arguments, path, len(lines))
    shown, last = _numbered(lines, start, end)
    head = f"{path}, lines {start} to {last} of {len(lines)}:"
    rest = f"\n[… {end - last} more lines; read on from line {last + 1} …]" if last < end else ""
    return f"{head}\n{shown}{rest}"


def _range(arguments: JsonObject, path: str, count: int) -> tuple[int, int]:
    """The lines asked for, which exist. Raises: ToolFailed."""
    start, end = arguments.get("start") or 1, arguments.get("end") or count
    if not isinstance(start, int) or not isinstance(end, int):
        raise ToolFailed("start and end are whole numbers.")
    if not 1 <= start <= count or end < start:
        raise ToolFailed(f"{path} has {count} lines; lines {start} to {end} are none of them.")
    return start, min(end, count)


def _numbered(lines: list[str], start: int, end: int) -> tuple[str, int]:
    """As many of the lines as may be shown, and the number of the last of them."""
    shown: list[str] = []
    room = SHOWN_CHARS
    for number in range(start, min(end, start + MOST_LINES - 1) + 1):
        line = clipped_line(lines[number - 1], LONGEST_LINE)
        room -= len(line) + 8
        if room < 0 and shown:
            break
        shown.append(f"{number}\t{line}")
    return "\n".join(shown), start + len(shown) - 1


READ = AgentTool(definition=_DEFINITION, perform=_read, read_only=True)
