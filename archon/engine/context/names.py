"""What the things that are left out are called, for a model and in notes to it."""

from __future__ import annotations

import json

from archon.domain.conversation import ToolCall
from archon.domain.values import Json, digest

TURNS = "turns"
"""The list of the turns that are gone whole. A result is called by its call's id."""
LONGEST_TITLE = 80


def name_of_arguments(call: ToolCall) -> str:
    return f"{call.id}_arguments"


def name_of_text(text: str) -> str:
    """An answer's name comes from its words, for it has no other."""
    return f"text_{digest(text)[:12]}"


def title_of(call: ToolCall) -> str:
    """A call in a few words, such as `read_file {"path": "app.py"}`."""
    return shortened(f"{call.name} {spelled(call.arguments)}")


def shortened(text: str) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def spelled(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
