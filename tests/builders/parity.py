"""What the comparisons with the official clients have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from archon.domain.conversation import Tool
from archon.testing.model_contract import CALLS, TEXT
from archon.testing.model_script import ServedReply

_SERVED = {
    "served text": ServedReply(text=TEXT, cache_read_tokens=70, cache_write_tokens=9),
    "served calls": ServedReply(text=TEXT, tool_calls=CALLS, finish="tool_calls"),
    "served length": ServedReply(text="Once", finish="length"),
}
_REFUSAL = {"served refusal": ServedReply(text="No.", finish="refusal")}


def streams(
    recorded: Mapping[str, str],
    events: Callable[[ServedReply, str], Iterator[bytes]],
    model: str,
    *,
    has_refusals: bool = True,
) -> dict[str, str]:
    """A protocol's streams as documented, and as the server of the other tests sends them."""
    served = _SERVED | (_REFUSAL if has_refusals else {})
    return {**recorded, **{name: b"".join(events(each, model)).decode() for name, each in served.items()}}


def function(tool: Tool) -> dict[str, Any]:
    """A tool as OpenAI's and Ollama's clients take it."""
    described = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": described}


def plain(value: Any) -> Any:
    """What validation has let through; unknown fields are gone, lists are still to be read."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if value is None or isinstance(value, str | bytes | int | float):
        return value
    return [plain(each) for each in value]
