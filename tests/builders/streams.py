"""Streams of the providers, in their documented formats, as they would arrive."""

from __future__ import annotations

import json
from typing import Any


def _event(name: str, **data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **data}, ensure_ascii=False)}\n\n"


def _start(**usage: Any) -> str:
    usage = {"input_tokens": 25, "output_tokens": 1, **usage}
    message: dict[str, Any] = {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    return _event("message_start", message=message) + _event("ping")


def _block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> str:
    return "".join(
        [
            _event("content_block_start", index=index, content_block=block),
            *(_event("content_block_delta", index=index, delta=delta) for delta in deltas),
            _event("content_block_stop", index=index),
        ]
    )


def _text(index: int, *pieces: str) -> str:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    return _block(index, {"type": "text", "text": ""}, *deltas)


def _use(index: int, call_id: str, name: str, *pieces: str) -> str:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return _block(index, {"type": "tool_use", "id": call_id, "name": name, "input": {}}, *deltas)


def _thinking(index: int, signature: str, *pieces: str) -> str:
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
    deltas.append({"type": "signature_delta", "signature": signature})
    return _block(index, {"type": "thinking", "thinking": "", "signature": ""}, *deltas)


def _end(reason: str, **usage: Any) -> str:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return _event("message_delta", delta=delta, usage={"output_tokens": 60, **usage}) + _event("message_stop")


ANTHROPIC = {
    "text": _start() + _text(0, "Grüß ", "dich, ", "漢字 🎉") + _end("end_turn"),
    "nothing": _start() + _end("end_turn"),
    "stop sequence": _start() + _text(0, "So far") + _end("stop_sequence"),
    "length": _start() + _text(0, "Once upon") + _end("max_tokens"),
    "refusal": _start() + _text(0, "No.") + _end("refusal"),
    "tool use in pieces": _start()
    + _text(0, "I will look.")
    + _use(1, "toolu_1", "read", "", '{"pa', 'th": "a', '.py", "lines": [1', ", 2]}")
    + _end("tool_use"),
    "a tool without arguments": _start() + _use(0, "toolu_1", "now") + _end("tool_use"),
    "parallel tools": _start()
    + _use(0, "toolu_1", "read", '{"path": "a"}')
    + _use(1, "toolu_2", "read", '{"path": ', '"ü"}')
    + _use(2, "toolu_3", "run", '{"command": "ls"}')
    + _end("tool_use"),
    "two texts around a tool": _start()
    + _text(0, "First. ")
    + _use(1, "toolu_1", "run", "{}")
    + _text(2, "Then.")
    + _end("tool_use"),
    "thinking": _start()
    + _thinking(0, "EqQBsig", "Let me ", "see.")
    + _text(1, "It is 27.")
    + _end("end_turn", output_tokens_details={"thinking_tokens": 40}),
    "thinking that is not shown": _start()
    + _thinking(0, "EqQBsig")
    + _use(1, "toolu_1", "run", "{}")
    + _end("tool_use"),
    "redacted thinking": _start()
    + _block(0, {"type": "redacted_thinking", "data": "EmwKAhgB"})
    + _thinking(1, "sig2", "and")
    + _text(2, "So.")
    + _end("end_turn"),
    "a cache that was written": _start(
        cache_creation_input_tokens=248,
        cache_read_input_tokens=1800,
        cache_creation={"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
    )
    + _text(0, "hi")
    + _end("end_turn"),
    "counts that the end corrects": _start()
    + _text(0, "hi")
    + _end("end_turn", input_tokens=30, cache_read_input_tokens=7, cache_creation_input_tokens=3),
    "events of a later version": _start()
    + _event("content_block_news", index=0)
    + _text(0, "hi")
    + _end("end_turn"),
}
ANTHROPIC_ERRORS = {
    name: _start()
    + _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    + _event("error", error={"type": name, "message": "Overloaded"})
    for name in ("overloaded_error", "rate_limit_error", "api_error")
}


def _chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _data({"choices": [choice], "usage": None, **more})


def _data(said: dict[str, Any]) -> str:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-2024-08-06"}
    return f"data: {json.dumps({**head, **said}, ensure_ascii=False)}\n\n"


def _said(*pieces: str) -> str:
    begin = _chunk({"role": "assistant", "content": "", "refusal": None})
    return begin + "".join(_chunk({"content": piece}) for piece in pieces)


def _call(index: int, call_id: str, name: str, *pieces: str, **more: Any) -> str:
    function = {"name": name, "arguments": ""}
    start = {"index": index, "id": call_id, "type": "function", "function": function, **more}
    grown = [{"index": index, "function": {"arguments": piece}} for piece in pieces]
    return "".join(_chunk({"tool_calls": [each]}) for each in (start, *grown))


def _counted(prompt: int = 20, completion: int = 12, **details: Any) -> str:
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return _data({"choices": [], "usage": {**usage, **details}}) + "data: [DONE]\n\n"


_TOOLS_END = _chunk({}, "tool_calls") + _counted()

OPENAI = {
    "text": _said("Grüß ", "dich, ", "漢字 🎉") + _chunk({}, "stop") + _counted(),
    "nothing": _said() + _chunk({}, "stop") + _counted(),
    "length": _said("Once upon") + _chunk({}, "length") + _counted(),
    "filtered": _said("I") + _chunk({}, "content_filter") + _counted(),
    "refusal": _chunk({"role": "assistant", "content": None, "refusal": ""})
    + _chunk({"refusal": "I can"})
    + _chunk({"refusal": "not."})
    + _chunk({}, "stop")
    + _counted(),
    "a tool in pieces": _chunk({"role": "assistant", "content": None})
    + _call(0, "call_1", "read", '{"pa', 'th": "ü', '", "lines": [1, 2]}')
    + _TOOLS_END,
    "parallel tools": _chunk({"role": "assistant", "content": None})
    + _call(0, "call_1", "read", '{"path": "a"}')
    + _call(1, "call_2", "read", '{"path"', ': "b"}')
    + _TOOLS_END,
    "text and a tool": _said("Looking.") + _call(0, "call_1", "run", "{}") + _TOOLS_END,
    "a cache that was read": _said("hi")
    + _chunk({}, "stop")
    + _counted(
        2006,
        300,
        prompt_tokens_details={"cached_tokens": 1920, "audio_tokens": 0},
        completion_tokens_details={"reasoning_tokens": 250},
    ),
    "a cache that was written": _said("hi")
    + _chunk({}, "stop")
    + _counted(2000, 5, prompt_tokens_details={"cached_tokens": 900, "cache_write_tokens": 100}),
    "thoughts beside the text": _chunk({"role": "assistant", "content": None, "reasoning_content": ""})
    + _chunk({"reasoning_content": "Let me see."})
    + _chunk({"content": "27"})
    + _chunk({}, "stop")
    + _counted(),
    "noise against eavesdroppers": _said("hi") + _chunk({}, "stop", obfuscation="x8Fa") + _counted(),
}
OPENAI_ERRORS = {
    name: _said("So") + _data({"error": {"message": "The server had an error", "type": name, "code": None}})
    for name in ("server_error", "rate_limit_exceeded")
}


def _line(message: dict[str, Any], **more: Any) -> str:
    head = {"model": "llama3.2", "created_at": "2026-11-01T10:00:00Z"}
    said = {**head, "message": {"role": "assistant", "content": "", **message}, "done": False, **more}
    return json.dumps(said, ensure_ascii=False) + "\n"


def _done(reason: str = "stop") -> str:
    counts = {"prompt_eval_count": 26, "eval_count": 13, "total_duration": 5, "load_duration": 1}
    return _line({}, done=True, done_reason=reason, **counts)


def _called(name: str, **arguments: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}}


OLLAMA = {
    "text": _line({"content": "Grüß "}) + _line({"content": "dich 🎉"}) + _done(),
    "length": _line({"content": "Once"}) + _done("length"),
    "a tool": _line({"tool_calls": [_called("read", path="ü", lines=[1, 2])]}) + _done(),
    "parallel tools": _line({"tool_calls": [_called("read", path="a"), _called("read", path="b")]})
    + _line({"tool_calls": [_called("run", command="ls")]})
    + _done(),
    "thoughts beside the text": _line({"thinking": "Let me "})
    + _line({"thinking": "see."})
    + _line({"content": "27"})
    + _done(),
}
