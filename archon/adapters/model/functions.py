"""What OpenAI's and Ollama's requests have in common."""

from __future__ import annotations

from archon.domain.conversation import ModelRequest
from archon.domain.values import Json, JsonObject


def system_message(request: ModelRequest) -> list[JsonObject]:
    """One message of all that the system says, or none."""
    text = "\n\n".join(block.text for block in request.system if block.text)
    return [{"role": "system", "content": text}] if text else []


def function_tools(request: ModelRequest) -> list[Json]:
    """The tools as functions with parameters."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in request.tools
    ]
