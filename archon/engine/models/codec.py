"""Conversations in their recorded form."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from archon.domain.conversation import Message, ModelRequest, ModelResponse
from archon.domain.values import Json, JsonObject

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def _messages() -> TypeAdapter[tuple[Message, ...]]:
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[Message, ...])


@cache
def _response() -> TypeAdapter[ModelResponse]:
    from pydantic import TypeAdapter

    return TypeAdapter(ModelResponse)


def messages_to_json(messages: tuple[Message, ...]) -> Json:
    return cast("Json", _messages().dump_python(messages, mode="json"))


def messages_from_json(value: Json) -> tuple[Message, ...]:
    """Raises: ValueError when it is not a list of messages."""
    return _messages().validate_python(value)


def response_to_json(response: ModelResponse) -> JsonObject:
    return cast("JsonObject", _response().dump_python(response, mode="json"))


def response_from_json(value: Json) -> ModelResponse:
    """Raises: ValueError when it is not a response."""
    return _response().validate_python(value)


def head_to_json(request: ModelRequest) -> JsonObject:
    """What stays the same over a conversation: everything but its messages and its place."""
    return {
        "role": request.role,
        "model": request.model,
        "system": [{"text": block.text, "cache": block.cache} for block in request.system],
        "tools": [
            {"name": t.name, "description": t.description, "parameters": t.parameters} for t in request.tools
        ],
        "output_schema": request.output_schema,
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
    }
