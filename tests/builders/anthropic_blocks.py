"""Parts of a conversation as Anthropic's reference spells them, apart from how the product does it."""

from __future__ import annotations

from typing import Any

from archon.domain.conversation import Part, Text, Thought, ToolCall, ToolResult

MODEL = "claude-sonnet-4-6"


def is_sent(part: Part) -> bool:
    """No text of blanks, which the API refuses, and no thought of another model."""
    if isinstance(part, Thought):
        return part.source == f"anthropic/{MODEL}"
    return not isinstance(part, Text) or bool(part.text.strip())


def block(part: Part) -> dict[str, Any]:
    match part:
        case Text(text=text):
            return {"type": "text", "text": text}
        case Thought(content=content):
            return {**content}
        case ToolCall(id=call_id, name=name, arguments=arguments):
            return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
        case ToolResult(call_id=call_id, content=content, is_error=is_error):
            result = {"type": "tool_result", "tool_use_id": call_id, "content": content}
            return {**result, "is_error": is_error}
    raise AssertionError(part)
