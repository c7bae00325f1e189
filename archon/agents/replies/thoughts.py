"""Takes a model's thinking aloud away from its answer."""

from __future__ import annotations

import re

_OPENING = re.compile(r"\s*<(think|thinking|thought|reasoning|reflection|scratchpad)>", re.IGNORECASE)
_CLOSING = re.compile(r"^(?:[^\n<]{0,200})</(?:think|thinking|thought|reasoning)>[ \t]*$", re.I | re.M)


def without_thoughts(reply: str) -> str:
    """The reply after the thinking at its start; nothing when the thinking never ends.

    Some chat templates swallow the opening tag, so a closing tag that ends a line and has no opening
    before it ends the thinking too. A tag inside the answer is left alone.
    """
    rest = reply.removeprefix("\ufeff")
    while opening := _OPENING.match(rest):
        tag = re.compile(rf"</{opening[1]}>", re.IGNORECASE)
        closing = tag.search(rest, opening.end())
        if closing is None:
            return ""
        rest = rest[closing.end() :]
    if rest == reply.removeprefix("\ufeff") and (orphan := _orphan(rest)) is not None:
        return rest[orphan:]
    return rest


def _orphan(text: str) -> int | None:
    """Where the answer starts after a closing tag that nothing opened."""
    closing = _CLOSING.search(text)
    if closing is None or "<think" in text[: closing.start()].lower():
        return None
    return closing.end()
