"""Takes a model's thinking aloud away from its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

_TAGS = "think|thinking|thought|reasoning|reflection|scratchpad"
_OPENING = re.compile(rf"\s*<({_TAGS})>", re.IGNORECASE)
_ANY_OPENING = re.compile(rf"<(?:{_TAGS})>", re.IGNORECASE)
_CLOSING = re.compile(rf"</(?:{_TAGS})>", re.IGNORECASE)
_CLOSING_LINE = re.compile(rf"^[ \t]*</(?:{_TAGS})>[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


def without_thoughts(reply: str) -> str:
    """The reply after the thinking at its start; nothing when that thinking never ends."""
    rest = reply.removeprefix("\ufeff")
    while opening := _OPENING.match(rest):
        closing = re.compile(rf"</{opening[1]}>", re.IGNORECASE).search(rest, opening.end())
        if closing is None:
            return ""
        rest = rest[closing.end() :]
    return rest


def unopened_end(text: str, answers: Sequence[tuple[int, int]]) -> int:
    """Where the answer starts after thinking whose opening tag the chat template swallowed, else 0.

    `answers` are the places, start and end, where a tag would be part of an answer's text.
    """
    opening = _ANY_OPENING.search(text)
    for closing in _CLOSING.finditer(text, 0, opening.start() if opening else len(text)):
        if not any(start < closing.start() < end for start, end in answers):
            return closing.end()
    return 0


def unopened_end_line(text: str) -> int:
    """The same for answers in fenced blocks: only a closing tag on a line of its own is one."""
    opening = _ANY_OPENING.search(text)
    closing = _CLOSING_LINE.search(text, 0, opening.start() if opening else len(text))
    return closing.end() if closing else 0
