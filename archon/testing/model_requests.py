"""What real providers would say about a request before any model sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from archon.testing.model_script import ServedReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request that came whole."""

    method: str
    path: str
    headers: Mapping[str, str]
    """With lower-case names."""
    body: str

    @property
    def json(self) -> dict[str, Any]:
        """The body; empty when it is no JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def refuse(status: int, message: str) -> ServedReply:
    """An error as all three protocols write it, near enough: an object with a message."""
    return ServedReply(status=status, body=json.dumps({"error": {"message": message}}))


def anthropic_refusal(received: Received, key: str) -> ServedReply | None:
    """The refusal of a request to the messages API; None when it is a good one."""
    put = received.json
    messages = put.get("messages", [])
    if key and received.headers.get("x-api-key") != key:
        error = {"type": "authentication_error", "message": "invalid x-api-key"}
        return ServedReply(status=401, body=json.dumps({"type": "error", "error": error}))
    if "anthropic-version" not in received.headers:
        return refuse(400, "anthropic-version: header is required")
    if not isinstance(put.get("max_tokens"), int) or not put.get("stream"):
        return refuse(400, "max_tokens: Field required")
    if not messages or messages[0].get("role") != "user":
        return refuse(400, "messages: first message must use the user role")
    texts = [part for each in messages for part in each["content"] if part["type"] == "text"]
    if not all(part["text"] for part in [*texts, *put.get("system", [])]):
        return refuse(400, "text content blocks must be non-empty")
    if not all(each["content"] for each in messages):
        return refuse(400, "messages: content must not be empty")
    return None


def openai_refusal(received: Received, key: str) -> ServedReply | None:
    """The refusal of a request for a chat completion; None when it is a good one."""
    put = received.json
    if key and received.headers.get("authorization") != f"Bearer {key}":
        return refuse(401, f"Incorrect API key provided: {received.headers.get('authorization', '')[7:]}")
    if not put.get("messages") or not put.get("stream"):
        return refuse(400, "messages: field required")
    called: set[str] = set()
    for message in put["messages"]:
        called.update(call["id"] for call in message.get("tool_calls", ()))
        if message["role"] == "tool" and message["tool_call_id"] not in called:
            return refuse(400, "role 'tool' must be a response to a preceding message with 'tool_calls'")
        if message.get("content") is None and not message.get("tool_calls"):
            return refuse(400, "content: expected a string")
    return None


def ollama_refusal(models: frozenset[str]) -> Callable[[Received, str], ServedReply | None]:
    """The refusals of an Ollama that has these models."""

    def refusal(received: Received, key: str) -> ServedReply | None:
        put = received.json
        if put.get("model") not in models:
            name = put.get("model")
            return ServedReply(status=404, body=json.dumps({"error": f"model '{name}' not found"}))
        if "num_ctx" not in put.get("options", {}) or not put.get("stream"):
            return refuse(400, "options: num_ctx expected here")
        return None

    return refusal
