"""A call of a tool that the provider itself could not read, and tells as an error of its own.

Sent again, the request would often end the same way. What the model wrote is its reply: it may be a call in
words, and where it is none, the model is told so.

Source: console.groq.com, "Tool use", `tool_use_failed`; github.com/ollama/ollama, issue 12884.
"""

from __future__ import annotations

import re

from archon.domain.errors import ModelReplyBroken
from archon.domain.values import JsonObject

_GROQ = "tool_use_failed"
_OLLAMA = re.compile(r"error parsing tool call: raw='(.*)', err=", re.DOTALL)


class UnreadCall(ModelReplyBroken):
    """Holds what the model wrote."""

    def __init__(self, message: str, *, hint: str, written: str) -> None:
        super().__init__(message, hint=hint)
        self.written = written


def is_unread_call(said: JsonObject) -> bool:
    """Whether an error object tells of a call that was not understood."""
    return said.get("code") == _GROQ or bool(written_call(said))


def written_call(said: JsonObject) -> str:
    """What the model wrote, from an error object; empty where it does not say."""
    message, written = said.get("message"), said.get("failed_generation")
    if said.get("code") == _GROQ:
        return written if isinstance(written, str) else ""
    found = _OLLAMA.search(message) if isinstance(message, str) else None
    return found[1] if found else ""
