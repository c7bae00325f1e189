"""`search`: where a pattern occurs in the workspace's text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import islice

from archon.domain.clipping import clipped_line
from archon.domain.conversation import Tool
from archon.domain.manifest import FileEntry
from archon.domain.values import JsonObject
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed, shown
from archon.tools.edits.lines import lines_of, plain_ends

MOST_HITS = 100
LONGEST_LINE = 300
LARGEST_FILE_BYTES = 2_000_000
"""Larger files are data, and are left out."""

_DEFINITION = Tool(
    name="search",
    description=(
        "Find lines that match a regular expression (RE2 syntax, case counts) in the workspace's text files. "
        f"Shows path:line: text, at most {MOST_HITS} of them."
    ),
    parameters={
        "type": "object",
        "properties": {
            "pattern": {"type": "string"},
            "path": {
                "type": "string",
                "description": "A file, a folder, or a pattern such as *.py. Default: all files.",
            },
        },
        "required": ["pattern"],
        "additionalProperties": False,
    },
)


async def _search(context: ToolContext, arguments: JsonObject) -> str:
    pattern, where = str(arguments["pattern"]), str(arguments.get("path") or "")
    matches = _matcher(pattern)
    files = _files(context, where)
    if where and not files:
        raise ToolFailed(f"No file of the workspace is {where!r}, lies in it or matches it.")
    hits: list[str] = []
    for path, entry in files.items():
        data = await context.scope.workspace.content(entry)
        hits += await asyncio.to_thread(_hits, path, data, matches)
        if len(hits) > MOST_HITS:
            break
    if not hits:
        return f"No line of {len(files)} files matches {pattern!r}."
    more = f"\n[… more than {MOST_HITS} lines match; narrow the pattern or the path …]"
    return shown("\n".join(hits[:MOST_HITS])) + (more if len(hits) > MOST_HITS else "")


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a line matches, in time linear in its length whatever the pattern. Raises: ToolFailed."""
    import re2  # its patterns come from a model: one for `re` could take for ever

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options=options)
    except re2.error as error:
        detail = error.args[0] if error.args else "it is not understood"
        detail = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else detail
        raise ToolFailed(
            f"{pattern!r} is no regular expression: {detail}. Put \\ before what is meant literally."
        ) from None
    return lambda line: compiled.search(line) is not None


def _files(context: ToolContext, where: str) -> dict[str, FileEntry]:
    everything = {
        path: entry
        for path, entry in sorted(context.scope.workspace.manifest.entries.items())
        if isinstance(entry, FileEntry) and entry.size_bytes <= LARGEST_FILE_BYTES
    }
    if where.strip("./") in ("", "workspace"):
        return everything
    at = where.rstrip("/") if any(c in where for c in "*?[") else context.readable(where.rstrip("/"))
    return {path: entry for path, entry in everything.items() if _is_in(path, at)}


def _is_in(path: str, at: str) -> bool:
    name = path.rpartition("/")[2]
    return path == at or path.startswith(f"{at}/") or fnmatchcase(path, at) or fnmatchcase(name, at)


def _hits(path: str, data: bytes, matches: Callable[[str], bool]) -> list[str]:
    """The first matching lines of a text, one more than are shown; none of binary data."""
    lines = [] if b"\0" in data else lines_of(plain_ends(data.decode("utf-8", "replace")))
    found = ((number, line) for number, line in enumerate(lines, start=1) if matches(line))
    return [
        f"{path}:{number}: {clipped_line(line, LONGEST_LINE)}"
        for number, line in islice(found, MOST_HITS + 1)
    ]


SEARCH = AgentTool(definition=_DEFINITION, perform=_search, read_only=True)
