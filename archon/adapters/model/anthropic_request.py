"""A request as Anthropic's messages API takes it, with marks where its cache is worth having."""

from __future__ import annotations

from dataclasses import dataclass

from archon.adapters.model.blocks import spoken_blocks, spoken_parts
from archon.adapters.model.cache_marks import lasting, mark_of, marked_blocks, marked_messages
from archon.adapters.model.parameters import schema_of
from archon.adapters.model.reading import member
from archon.adapters.model.route import Route
from archon.adapters.model.schema import closed
from archon.adapters.model.wire import grown, spell
from archon.domain.conversation import (
    Message,
    ModelRequest,
    Part,
    SystemBlock,
    Text,
    Thought,
    ToolCall,
)
from archon.domain.parameters import passed_on, stops
from archon.domain.said import Fold
from archon.domain.taking import SAMPLING
from archon.domain.values import JsonObject

RECENT = 4
"""How many of the last messages may be marked: the request before ended among them."""


def head(request: ModelRequest, route: Route) -> JsonObject:
    """The request as the API takes it."""
    put: JsonObject = {
        **_parameters(request),
        "model": route.model,
        "max_tokens": request.max_output_tokens,
        "stream": True,
    }
    marks = marked_blocks(request) if route.profile.takes_cache_marks else set()
    if blocks := spoken_blocks(request):
        mark = mark_of(request)
        put["system"] = [_block(block, mark if at in marks else None) for at, block in enumerate(blocks)]
    if marks:
        # The API marks the newest block itself, so that the mark moves on with the conversation.
        put.setdefault("cache_control", mark_of(request))
    if request.tools:
        put["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in request.tools
        ]
    if config := _output_config(request):
        put["output_config"] = config
    return put


def _parameters(request: ModelRequest) -> JsonObject:
    """Beside thinking the API takes no temperature and none of its kin."""
    given = request.parameters
    put = passed_on(given)
    thinking = given.get("thinking")
    if isinstance(thinking, dict) or request.thinking:
        put["thinking"] = thinking if isinstance(thinking, dict) else {"type": "adaptive"}
    if stopping := stops(given):
        put["stop_sequences"] = stopping
    if member(put, "thinking").get("type", "disabled") != "disabled":
        return {name: value for name, value in put.items() if name not in SAMPLING}
    sampling = {"temperature": request.temperature, "top_p": given.get("top_p")}
    return put | {name: value for name, value in sampling.items() if value is not None}


def _output_config(request: ModelRequest) -> JsonObject:
    config = dict(member(request.parameters, "output_config"))
    schema = request.output_schema or schema_of(request.parameters)
    if schema is not None:
        config["format"] = {"type": "json_schema", "schema": closed(schema)}
    if "effort" in request.parameters:
        config["effort"] = request.parameters["effort"]
    return config


def said(request: ModelRequest, route: Route) -> tuple[bytes, ...]:
    """Spelled once each, so that a turn of a long conversation costs what is new."""
    spelled = _spelled(request.messages)
    marked = marked_messages(request) if route.profile.takes_cache_marks else set()
    first_recent = len(request.messages) - len(spelled.recent)

    def piece(position: int, unmarked: bytes) -> bytes:
        is_marked = position in marked
        return spell([_message(request.messages[position], mark_of(request))]) if is_marked else unmarked

    recent = (piece(first_recent + at, each) for at, each in enumerate(spelled.recent))
    return (piece(0, spelled.brief), *spelled.settled, *recent)


def _block(block: SystemBlock, mark: JsonObject | None) -> JsonObject:
    put: JsonObject = {"type": "text", "text": block.text}
    return put | {"cache_control": mark} if mark else put


def _message(message: Message, mark: JsonObject | None = None) -> JsonObject:
    """Empty for one that says nothing: the API takes no empty content."""
    parts = spoken_parts(message)
    content = [_part(part) for part in parts]
    if mark:
        content[lasting(parts) - 1] |= {"cache_control": mark}
    return {"role": message.role, "content": [*content]} if content else {}


@dataclass(frozen=True, slots=True)
class _Spelled:
    """Messages without marks."""

    brief: bytes = b""
    """The first one."""
    settled: tuple[bytes, ...] = ()
    """Those that are never marked any more, in pieces of one or more."""
    recent: tuple[bytes, ...] = ()
    """The last ones, one each."""
    count: int = 0

    def more(self, new: tuple[Message, ...]) -> _Spelled:
        each = [spell(filter(None, [_message(message)])) for message in new]
        brief = self.brief if self.count else b"".join(each[:1])
        recent = (*self.recent, *(each if self.count else each[1:]))
        settled = grown(self.settled, recent[:-RECENT])
        return _Spelled(brief, settled, recent[-RECENT:], self.count + len(new))


_spelled = Fold(_Spelled(), _Spelled.more)


def _part(part: Part) -> JsonObject:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Thought):
        return part.content  # a changed one is refused
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.arguments}
    return {
        "type": "tool_result",
        "tool_use_id": part.call_id,
        "content": part.content,
        "is_error": part.is_error,
    }
