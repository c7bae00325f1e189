"""Where Anthropic's API is told that the prompt up to here is worth keeping.

It takes four marks, and finds what was kept no more than twenty blocks before one of them. Tools come first,
then the system, then the conversation: a mark covers all that stands in front of it.

Source: Anthropic docs, "Prompt caching": "Automatic caching", "Explicit cache breakpoints".
"""

from __future__ import annotations

from collections.abc import Sequence

from archon.adapters.model.blocks import spoken_blocks, spoken_parts
from archon.domain.conversation import Gap, Message, ModelRequest, Part
from archon.domain.values import JsonObject

MOST_MARKS = 4
LOOKS_BACK_BLOCKS = 20
EPHEMERAL: JsonObject = {"type": "ephemeral"}


def mark_of(request: ModelRequest) -> JsonObject:
    """The mark that is put: all of one lifetime, since a shorter one may not stand before a longer."""
    given = request.parameters.get("cache_control")
    return given if isinstance(given, dict) else EPHEMERAL


def marked_blocks(request: ModelRequest) -> set[int]:
    """Which of the system's blocks that say something are marked: the last ones that are worth it.

    One mark is left for the end of the conversation, which the API moves itself.
    """
    worth = [position for position, block in enumerate(spoken_blocks(request)) if block.cache]
    return set(worth[1 - MOST_MARKS :])


def marked_messages(request: ModelRequest) -> set[int]:
    """Which messages are marked at their end, as far as marks are left.

    First the brief, which opens the conversation and outlives what is said after it. Then the end of the
    request before, where so much came since that the API would not look back to it.
    """
    blocks = marked_blocks(request)
    if not blocks:
        return set()
    wanted = [position for position in (0, _lost_end(request.messages)) if _says(request.messages, position)]
    return set(wanted[: MOST_MARKS - 1 - len(blocks)])


def _lost_end(messages: tuple[Message, ...]) -> int:
    """Where the request before ended, if that is too far back; the brief's place otherwise."""
    since = len(spoken_parts(messages[-1])) if messages else 0
    for place in range(len(messages) - 2, 0, -1):
        if messages[place].role == "user":
            return place if since >= LOOKS_BACK_BLOCKS else 0
        since += len(spoken_parts(messages[place]))
    return 0


def lasting(parts: Sequence[Part]) -> int:
    """How many parts of a message stay as they are: what is left out later is noted behind the brief."""
    return next((at for at, part in enumerate(parts) if isinstance(part, Gap)), len(parts))


def _says(messages: tuple[Message, ...], position: int) -> bool:
    """Whether there is a block to mark."""
    return position < len(messages) and lasting(spoken_parts(messages[position])) > 0
