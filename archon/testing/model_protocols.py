"""Replies as the three protocols put them on the wire, event by event.

Sources: Anthropic API reference, "Streaming messages"; OpenAI API reference, "Streaming"; Ollama,
docs/api.md. Written apart from the adapters, so that a misreading would have to be made twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from archon.testing.model_script import ServedReply

ANTHROPIC_STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "refusal": "refusal"}
OPENAI_STOP = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "refusal": "content_filter",
}


def anthropic_events(reply: ServedReply, model: str) -> Iterator[bytes]:
    usage = {
        "input_tokens": reply.input_tokens,
        "cache_read_input_tokens": reply.cache_read_tokens,
        "cache_creation_input_tokens": reply.cache_write_tokens,
        "output_tokens": 1,
    }
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": model}
    counted = {"usage": usage} if reply.reports_usage else {}
    yield _named_event("message_start", {"message": {**message, "stop_reason": None, **counted}})
    yield _named_event("ping", {})
    if reply.text:
        yield from _anthropic_text(reply)
    first = 1 if reply.text else 0
    for index, call in enumerate(reply.tool_calls, start=first):
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        yield _named_event("content_block_start", {"index": index, "content_block": block})
        for piece in ("", *_pieces(call.json)):
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield _named_event("content_block_delta", {"index": index, "delta": delta})
        yield _named_event("content_block_stop", {"index": index})
    counted = {"usage": {"output_tokens": reply.output_tokens}} if reply.reports_usage else {}
    end = {"stop_reason": ANTHROPIC_STOP[reply.finish], "stop_sequence": None}
    yield _named_event("message_delta", {"delta": end, **counted})
    yield _named_event("message_stop", {})


def _anthropic_text(reply: ServedReply) -> Iterator[bytes]:
    block = {"type": "text", "text": ""}
    yield _named_event("content_block_start", {"index": 0, "content_block": block})
    for number, piece in enumerate(_pieces(reply.text)):
        if number == 1 and reply.stream_error:
            error = {"type": reply.stream_error, "message": "it broke"}
            yield _named_event("error", {"error": error})
        delta = {"type": "text_delta", "text": piece}
        yield _named_event("content_block_delta", {"index": 0, "delta": delta})
    yield _named_event("content_block_stop", {"index": 0})


def openai_events(reply: ServedReply, model: str) -> Iterator[bytes]:
    yield b": PROCESSING\n\n"
    yield _openai_chunk(model, {"role": "assistant", "content": ""})
    for number, piece in enumerate(_pieces(reply.text)):
        if number == 1 and reply.stream_error:
            yield _data({"error": {"message": "it broke", "code": reply.stream_error}})
        yield _openai_chunk(model, {"content": piece})
    for index, call in enumerate(reply.tool_calls):
        function = {"name": call.name, "arguments": ""}
        start = {"index": index, "id": call.id, "type": "function", "function": function}
        yield _openai_chunk(model, {"tool_calls": [start]})
        for piece in _pieces(call.json):
            grown = {"index": index, "function": {"arguments": piece}}
            yield _openai_chunk(model, {"tool_calls": [grown]})
    yield _openai_chunk(model, {}, finish=OPENAI_STOP[reply.finish])
    if reply.reports_usage:
        prompt = reply.input_tokens + reply.cache_read_tokens + reply.cache_write_tokens
        details = {"cached_tokens": reply.cache_read_tokens, "cache_write_tokens": reply.cache_write_tokens}
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": reply.output_tokens,
            "total_tokens": prompt + reply.output_tokens,
            "prompt_tokens_details": details,
        }
        yield _data({"id": "chatcmpl-1", "model": model, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _openai_chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [choice]})


def ollama_events(reply: ServedReply, model: str) -> Iterator[bytes]:
    for number, piece in enumerate(_pieces(reply.text)):
        if number == 1 and reply.stream_error:
            yield _line({"error": f"it broke: {reply.stream_error}"})
        yield _ollama_line(model, {"content": piece})
    for call in reply.tool_calls:
        function = {"name": call.name, "arguments": json.loads(call.json)}
        yield _ollama_line(model, {"content": "", "tool_calls": [{"function": function}]})
    counts = {"prompt_eval_count": reply.input_tokens, "eval_count": reply.output_tokens}
    counts = counts if reply.reports_usage else {}
    reason = "length" if reply.finish == "length" else "stop"
    end = {"done": True, "done_reason": reason, "total_duration": 5, **counts}
    yield _line({"model": model, "message": {"role": "assistant", "content": ""}, **end})


def _ollama_line(model: str, message: dict[str, Any]) -> bytes:
    return _line({"model": model, "message": {"role": "assistant", **message}, "done": False})


def _pieces(text: str) -> list[str]:
    """About as long as tokens."""
    return re.findall(r"(?s).{1,5}", text)


def _named_event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\n".encode() + _data({"type": name, **data})


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
