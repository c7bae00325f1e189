"""What every form of a tool call in text is read into."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.domain.values import JsonObject

BLANK = re.compile(
    r"(?:\s|<\|(?:eom_id|eot_id|im_end|end|endoftext|end_of_text|call|/tool_call|tool_call_end"
    r"|tool_calls_section_end)\|>|</s>|<end_of_turn>|<eos>)*+"
)
"""Blanks, and the marks with which chat templates end a call or a turn."""


@dataclass(frozen=True, slots=True)
class TextCall:
    """A call as it stands in the text: the name and the arguments are not checked."""

    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class Group:
    """One or several calls written as one piece."""

    calls: tuple[TextCall, ...]
    end: int
    """The place behind the piece."""


class BadCallError(Exception):
    """A call is meant, but has no single meaning."""

    def __init__(self, complaint: str) -> None:
        self.complaint = complaint


def past_blanks(text: str, position: int) -> int:
    """The place of the next character that says something."""
    blank = BLANK.match(text, position)
    return blank.end() if blank else position


def excerpt(text: str, start: int) -> str:
    """The beginning of what stands at a place, for a complaint."""
    piece = text[start : start + 60].split("\n", 1)[0]
    return repr(piece[:50]) if piece else "the end of the line"
