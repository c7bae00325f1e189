"""Conversations in their recorded form."""

from __future__ import annotations

from archon.domain.conversation import Message, ModelRequest, ModelResponse
from archon.domain.plain import from_plain, to_plain
from archon.domain.values import Json, JsonObject

NOT_IN_HEAD = {"messages", "agent", "ref", "measured"}
LATER = ("thinking", "parameters")


def messages_to_json(messages: tuple[Message, ...]) -> Json:
    return [to_plain(message) for message in messages]


def response_to_json(response: ModelResponse) -> JsonObject:
    return to_plain(response)


def response_from_json(value: Json) -> ModelResponse:
    """Raises: ValueError when it is not a response."""
    return from_plain(ModelResponse, value)


def head_to_json(request: ModelRequest) -> JsonObject:
    """What stays the same over a conversation: everything but its messages, its place and its length.

    Fields that came later are written only where they say something, so that what was recorded before
    is still what is asked.
    """
    whole = to_plain(request)
    absent = {name for name in LATER if not whole[name]}
    return {name: value for name, value in whole.items() if name not in NOT_IN_HEAD | absent}
