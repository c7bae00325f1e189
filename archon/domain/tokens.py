"""How many tokens a request can cost at most, known before it is sent."""

from __future__ import annotations

import json

from archon.domain.conversation import (
    Message,
    ModelRequest,
    Part,
    SystemBlock,
    Text,
    Thought,
    Tool,
    ToolCall,
    Usage,
)
from archon.domain.once import Once
from archon.domain.said import Fold
from archon.domain.values import Json

PER_REQUEST = 64
"""Marks that every chat template puts around a conversation."""
PER_PART = 32
"""Role marks, turn ends, call ids and result frames around one part of a message."""
PER_TOOL = 64
"""What frames one tool's definition."""
TOOL_PREAMBLE = 1024
"""The instructions that providers add once a request has tools or an output schema.

Source: Anthropic's documentation of tool use names 159 to 804 tokens, depending on the model.
"""


def count_upper_bound(request: ModelRequest) -> int:
    """Tokens of input that no provider will count more of.

    Tokenizers of the models served here work on bytes, or fall back to them: each token covers at
    least one byte of UTF-8, so there are never more tokens than bytes. What providers add around the
    text is allowed for generously. English is about four bytes a token, so the bound is that loose.
    """
    tokens = PER_REQUEST + sum(_of_block.each(request.system)) + sum(_of_tool.each(request.tools))
    tokens += _count_all(request.messages)
    if request.output_schema is not None:
        tokens += _json_bytes(request.output_schema)
    if request.tools or request.output_schema is not None:
        tokens += TOOL_PREAMBLE
    return tokens


def estimate_usage(request: ModelRequest, text: str, tool_calls: tuple[ToolCall, ...] = ()) -> Usage:
    """The usage of an answer that came without one: an upper estimate of input and of visible output."""
    output = PER_PART + _bytes(text) + sum(_of_part(call) for call in tool_calls)
    return Usage(input_tokens=count_upper_bound(request), output_tokens=output, is_estimated=True)


def count_message(message: Message) -> int:
    """Tokens that no provider will count more of for one message."""
    return PER_PART + sum(_of_part(part) for part in message.parts)


_count_all = Fold[int](0, lambda tokens, new: tokens + sum(map(count_message, new)))


def _of_part(part: Part) -> int:
    if isinstance(part, Text):
        return PER_PART + _bytes(part.text)
    if isinstance(part, ToolCall):
        return PER_PART + _bytes(part.id) + _bytes(part.name) + _json_bytes(part.arguments)
    if isinstance(part, Thought):
        return PER_PART + _json_bytes(part.content)
    return PER_PART + _bytes(part.call_id) + _bytes(part.content)


_of_block = Once[SystemBlock, int](lambda block: PER_PART + _bytes(block.text))
_of_tool = Once[Tool, int](
    lambda tool: PER_TOOL + _bytes(tool.name) + _bytes(tool.description) + _json_bytes(tool.parameters)
)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _json_bytes(value: Json) -> int:
    """The longest common spelling: blanks after separators, everything outside ASCII escaped."""
    return len(json.dumps(value, indent=1))
