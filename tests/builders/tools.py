"""Tools as an agent that works on files has them."""

from __future__ import annotations

from archon.domain.conversation import Tool
from archon.domain.values import Json, JsonObject


def tool(name: str, description: str, needed: str = "", **properties: Json) -> Tool:
    """A tool whose `needed` arguments are separated by blanks."""
    parameters: JsonObject = {
        "type": "object",
        "properties": dict(properties),
        "required": list(needed.split()),
        "additionalProperties": False,
    }
    return Tool(name=name, description=description, parameters=parameters)


STRING: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "integer", "minimum": 1}
SWITCH: JsonObject = {"type": "boolean"}

TOOLS = (
    tool("read", "Reads a file.", "path", path=STRING, start=NUMBER, end=NUMBER),
    tool("list", "Lists a folder.", path=STRING),
    tool("search", "Searches in files.", "pattern", pattern=STRING, path=STRING),
    tool(
        "edit",
        "Replaces text.",
        "path old new",
        path=STRING,
        old=STRING,
        new=STRING,
        replace_all=SWITCH,
        line=NUMBER,
    ),
    tool("write", "Writes a file.", "path content", path=STRING, content=STRING),
    tool("run", "Runs a command.", "command", command=STRING),
    tool("finish", "Ends the work.", "summary", summary=STRING),
    tool(
        "label",
        "Labels files.",
        "files",
        files={"type": "array", "items": STRING},
        colours={"type": "object", "additionalProperties": STRING},
        note={"type": ["string", "null"]},
        weight={"type": "number"},
    ),
)
