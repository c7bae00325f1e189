"""How many tokens a request has, as near as can be told before it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass

from archon.domain.conversation import Message, ModelRequest, Part, SystemBlock, Text, Thought, Tool, ToolCall
from archon.domain.once import Once
from archon.domain.said import Fold
from archon.domain.tokens import (
    PER_REQUEST,
    PER_TOOL,
    TOOL_PREAMBLE,
    count_message,
    count_upper_bound,
)
from archon.domain.values import Json

FRAME = 8
"""What stands around one part of a message in practice: role marks, ends, ids."""
LONGEST_TOKEN_BYTES = 32
"""No tokenizer measured makes fewer tokens of a text: runs of blanks have 27 bytes a token."""

_ASCII = bytes(range(128))
_DIGITS = b"0123456789"
_WORDS = bytes(byte for byte in _ASCII if chr(byte).isalpha() or chr(byte).isspace())


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEstimate:
    """A number of tokens and the bounds of its error."""

    at_least: int
    tokens: int
    """Not less than the truth for what people and programs write, and about twice it for English; random
    letters and rare scripts alone have up to twice as many."""
    at_most: int
    """No provider counts more, whatever the text."""


def estimate_request(request: ModelRequest) -> TokenEstimate:
    """What a provider will count as the request's input.

    What the provider counted before is taken as it was; only messages after that are estimated.
    """
    measured = request.measured
    if measured is None:
        tokens = estimate_head(request) + estimate_messages(request.messages)
        at_most = count_upper_bound(request)
        return TokenEstimate(at_least=_at_least(at_most), tokens=min(tokens, at_most), at_most=at_most)
    new = request.messages[measured.messages :]
    at_most = sum(map(count_message, new))
    return TokenEstimate(
        at_least=measured.tokens + sum(count_message(message) // LONGEST_TOKEN_BYTES for message in new),
        tokens=measured.tokens + sum(map(estimate_message, new)),
        at_most=measured.tokens + at_most,
    )


def estimate_head(request: ModelRequest) -> int:
    """Tokens of everything in front of the messages."""
    tokens = PER_REQUEST + sum(_of_block.each(request.system)) + sum(_of_tool.each(request.tools))
    if request.output_schema is not None:
        tokens += _of_json(request.output_schema)
    return tokens + (TOOL_PREAMBLE if request.tools or request.output_schema is not None else 0)


def estimate_text(text: str) -> int:
    """Tokens of a text, by its letters, digits, signs and what is outside ASCII.

    The weights are measured on some forty kinds of text (prose in many languages, code, logs, tables,
    JSON, diffs, hashes) with three tokenizers: cl100k, o200k, and one that splits numbers into digits. A
    letter or blank then is at most 0.4 tokens, a digit 1, another sign of ASCII 0.7, and a byte of any
    other script 0.5, in every kind but random letters, rare scripts and emoji.
    """
    data = text.encode("utf-8", "surrogatepass")
    size = len(data)
    other = len(data.translate(None, _ASCII))
    words = size - len(data.translate(None, _WORDS))
    digits = size - len(data.translate(None, _DIGITS))
    signs = size - other - words - digits
    return -(-(4 * words + 10 * digits + 7 * signs + 5 * other) // 10)


_of_block = Once[SystemBlock, int](lambda block: FRAME + estimate_text(block.text))
_of_tool = Once[Tool, int](
    lambda tool: PER_TOOL + estimate_text(tool.name + tool.description) + _of_json(tool.parameters)
)


def estimate_message(message: Message) -> int:
    """Tokens of a message."""
    return FRAME + sum(map(_of_part, message.parts))


estimate_messages = Fold[int](0, lambda tokens, new: tokens + sum(map(estimate_message, new)))
"""Tokens of all of them."""


def _of_part(part: Part) -> int:
    if isinstance(part, Text):
        return FRAME + estimate_text(part.text)
    if isinstance(part, ToolCall):
        return FRAME + estimate_text(part.id + part.name) + _of_json(part.arguments)
    if isinstance(part, Thought):
        return FRAME + _of_json(part.content)
    return FRAME + estimate_text(part.call_id + part.content)


def _of_json(value: Json) -> int:
    return estimate_text(json.dumps(value, ensure_ascii=False))


def _at_least(at_most: int) -> int:
    return at_most // LONGEST_TOKEN_BYTES
