"""An answer written down by a person or a program, as one JSON object."""

from __future__ import annotations

import json
from typing import cast, get_args

from archon.domain.conversation import FinishReason, ModelRequest, ModelResponse, ToolCall
from archon.domain.tokens import estimate_usage
from archon.domain.values import Json, JsonObject

FIELDS = ("text", "tool_calls", "finish_reason")


def answer_from_json(value: Json, request: ModelRequest, model: str) -> ModelResponse:
    """The response that `{"text", "tool_calls": [{"id", "name", "arguments"}], "finish_reason"}` describes.

    Every field may be left out, but not all of them. Usage is an upper estimate.

    Raises: ValueError saying what is wrong, in words for whoever wrote it.
    """
    if not isinstance(value, dict) or not value:
        raise ValueError(f"An answer is a JSON object with the fields {', '.join(FIELDS)}.")
    # Half a surrogate pair and NaN come through Python's reader, and are no JSON for anybody else.
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    _refuse_unknown(value, FIELDS, "an answer")
    text = value.get("text", "")
    if not isinstance(text, str):
        raise ValueError('"text" must be a string.')
    calls = _tool_calls(value.get("tool_calls", []))
    finish = value.get("finish_reason", "tool_calls" if calls else "stop")
    if finish not in get_args(FinishReason):
        raise ValueError(f'"finish_reason" must be one of {", ".join(get_args(FinishReason))}.')
    return ModelResponse(
        text=text,
        tool_calls=calls,
        finish_reason=cast("FinishReason", finish),
        usage=estimate_usage(request, text, calls),
        model=model,
    )


def _tool_calls(value: Json) -> tuple[ToolCall, ...]:
    if not isinstance(value, list):
        raise ValueError('"tool_calls" must be a list.')
    return tuple(_tool_call(each, number) for number, each in enumerate(value, start=1))


def _tool_call(value: Json, number: int) -> ToolCall:
    if not isinstance(value, dict):
        raise ValueError(f'Tool call {number} must be an object with "id", "name" and "arguments".')
    _refuse_unknown(value, ("id", "name", "arguments"), f"tool call {number}")
    name, arguments, call_id = value.get("name"), value.get("arguments"), value.get("id", f"call_{number}")
    if not isinstance(name, str) or not name:
        raise ValueError(f'Tool call {number} needs a "name".')
    if not isinstance(arguments, dict):
        raise ValueError(f'Tool call {number} ({name}) needs "arguments", an object.')
    if not isinstance(call_id, str) or not call_id:
        raise ValueError(f'The "id" of tool call {number} ({name}) must be a string.')
    return ToolCall(id=call_id, name=name, arguments=arguments)


def _refuse_unknown(value: JsonObject, known: tuple[str, ...], what: str) -> None:
    for field in value:
        if field not in known:
            raise ValueError(f'{what.capitalize()} has no field "{field}"; it has {", ".join(known)}.')
