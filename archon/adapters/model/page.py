"""A request as a page for a person to read and answer."""

from __future__ import annotations

import json
from collections.abc import Iterator

from archon.domain.conversation import Message, ModelRequest, Text, Thought, ToolCall, ToolResult
from archon.domain.values import Json


def page(request: ModelRequest, stem: str) -> str:
    """Markdown: how to answer, then all that the model is told, word for word."""
    return "\n\n".join(_sections(request, stem)) + "\n"


def _sections(request: ModelRequest, stem: str) -> Iterator[str]:
    yield f"# Request of the {request.agent or request.role}"
    yield (
        f"Answer in `{stem}.response.md` (the text alone), or in `{stem}.response.json` "
        '(`{"text": "…", "tool_calls": [{"id": "…", "name": "…", "arguments": {}}]}`). '
        "Write it under another name and rename it, so that it appears whole. "
        f"At most {request.max_output_tokens} tokens."
    )
    for block in request.system:
        yield f"## System\n\n{block.text}"
    for tool in request.tools:
        yield f"## Tool `{tool.name}`\n\n{tool.description}\n\n{_code(tool.parameters)}"
    if request.output_schema is not None:
        yield f"## The reply is JSON of this schema\n\n{_code(request.output_schema)}"
    for message in request.messages:
        yield _message(message)


def _message(message: Message) -> str:
    said = [_part(part) for part in message.parts if not isinstance(part, Thought)]
    return f"## {message.role.capitalize()}\n\n" + "\n\n".join(said)


def _part(part: Text | ToolCall | ToolResult) -> str:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, ToolCall):
        return f"Calls `{part.name}` ({part.id}):\n\n{_code(part.arguments)}"
    outcome = "Error" if part.is_error else "Result"
    return f"{outcome} of {part.call_id}:\n\n{part.content}"


def _code(value: Json) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"
