"""Replies as the three protocols put them on the wire, event by event.

Sources: Anthropic API reference, "Streaming messages"; OpenAI API reference, "Streaming"; Ollama,
docs/api.md. Written apart from the adapters, so that a misreading would have to be made twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

from archon.testing.model_script import ServedCall, ServedReply

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
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], **_named(reply, model)}
    counted = {"usage": usage} if reply.reports_usage else {}
    yield _named_event("message_start", {"message": {**message, "stop_reason": None, **counted}})
    yield _named_event("ping", {})
    text = reply.text + reply.refusal
    if text:
        yield from _anthropic_text(reply, text)
    calls = [_anthropic_call(call, index) for index, call in enumerate(reply.tool_calls, start=bool(text))]
    yield from _in_turns(calls) if reply.interleaves else chain(*calls)
    counted = {"usage": {"output_tokens": reply.output_tokens}} if reply.reports_usage else {}
    finish = "refusal" if reply.refusal else reply.finish
    end = {"stop_reason": ANTHROPIC_STOP[finish], "stop_sequence": None}
    yield _named_event("message_delta", {"delta": end, **counted})
    yield _named_event("message_stop", {})


def _anthropic_call(call: ServedCall, index: int) -> Iterator[bytes]:
    block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
    yield _named_event("content_block_start", {"index": index, "content_block": block})
    for piece in ("", *_pieces(call.json)):
        delta = {"type": "input_json_delta", "partial_json": piece}
        yield _named_event("content_block_delta", {"index": index, "delta": delta})
    yield _named_event("content_block_stop", {"index": index})


def _anthropic_text(reply: ServedReply, text: str) -> Iterator[bytes]:
    block = {"type": "text", "text": ""}
    yield _named_event("content_block_start", {"index": 0, "content_block": block})
    for number, piece in enumerate(_pieces(text)):
        if number == 1 and reply.stream_error:
            error = {"type": reply.stream_error, "message": "it broke"}
            yield _named_event("error", {"error": error})
        delta = {"type": "text_delta", "text": piece}
        yield _named_event("content_block_delta", {"index": 0, "delta": delta})
    yield _named_event("content_block_stop", {"index": 0})


def openai_events(reply: ServedReply, model: str) -> Iterator[bytes]:
    yield b": PROCESSING\n\n"
    named = _named(reply, model)
    yield _openai_chunk(named, {"role": "assistant", "content": ""})
    for number, piece in enumerate(_pieces(reply.text)):
        if number == 1 and reply.stream_error:
            yield _data({"error": {"message": "it broke", "code": reply.stream_error}})
        yield _openai_chunk(named, {"content": piece})
    for piece in _pieces(reply.refusal):
        yield _openai_chunk(named, {"refusal": piece})
    calls = [_openai_call(named, call, index) for index, call in enumerate(reply.tool_calls)]
    yield from _in_turns(calls) if reply.interleaves else chain(*calls)
    yield _openai_chunk(named, {}, finish=OPENAI_STOP[reply.finish])
    if reply.reports_usage:
        prompt = reply.input_tokens + reply.cache_read_tokens + reply.cache_write_tokens
        details = {"cached_tokens": reply.cache_read_tokens, "cache_write_tokens": reply.cache_write_tokens}
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": reply.output_tokens,
            "total_tokens": prompt + reply.output_tokens,
            "prompt_tokens_details": details,
        }
        yield _data({"id": "chatcmpl-1", **named, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _openai_call(named: dict[str, str], call: ServedCall, index: int) -> Iterator[bytes]:
    function = {"name": call.name, "arguments": ""}
    start = {"index": index, "id": call.id, "type": "function", "function": function}
    yield _openai_chunk(named, {"tool_calls": [start]})
    for piece in _pieces(call.json):
        grown = {"index": index, "function": {"arguments": piece}}
        yield _openai_chunk(named, {"tool_calls": [grown]})


def _openai_chunk(named: dict[str, str], delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({"id": "chatcmpl-1", "object": "chat.completion.chunk", **named, "choices": [choice]})


def ollama_events(reply: ServedReply, model: str) -> Iterator[bytes]:
    named = _named(reply, model)
    for number, piece in enumerate(_pieces(reply.text + reply.refusal)):
        if number == 1 and reply.stream_error:
            yield _line({"error": f"it broke: {reply.stream_error}"})
        yield _ollama_line(named, {"content": piece})
    for call in reply.tool_calls:
        function = {"name": call.name, "arguments": json.loads(call.json)}
        yield _ollama_line(named, {"content": "", "tool_calls": [{"function": function}]})
    counts = {"prompt_eval_count": reply.input_tokens, "eval_count": reply.output_tokens}
    counts = counts if reply.reports_usage else {}
    reason = "length" if reply.finish == "length" else "stop"
    end = {"done": True, "done_reason": reason, "total_duration": 5, **counts}
    yield _line({**named, "message": {"role": "assistant", "content": ""}, **end})


def _ollama_line(named: dict[str, str], message: dict[str, Any]) -> bytes:
    return _line({**named, "message": {"role": "assistant", **message}, "done": False})


def _named(reply: ServedReply, model: str) -> dict[str, str]:
    return {"model": model} if reply.names_model else {}


def _in_turns(calls: list[Iterator[bytes]]) -> Iterator[bytes]:
    """An event of each call after the other, the last call first, until none has any left."""
    rounds = zip_longest(*reversed(calls), fillvalue=b"")
    return (event for turn in rounds for event in turn if event)


def _pieces(text: str) -> list[str]:
    """About as long as tokens."""
    return re.findall(r"(?s).{1,5}", text)


def _named_event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\n".encode() + _data({"type": name, **data})


def _data(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
