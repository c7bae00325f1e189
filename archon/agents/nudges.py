"""What agents that work with tools are told beside results, and where a record shows that they were."""

from __future__ import annotations

from collections.abc import Iterator

from archon.domain.values import Json

NOTHING_CALLED = "You called no tool, and nothing was done. Call one, or end the work with finish."
LAST_TURN = "Your next reply is the last one that counts: end the work with it."
_CIRCLE = "You are going in circles: "


def goes_in_circles(seen: str) -> str:
    """What an agent is told that repeats itself; `seen` is one line."""
    return (
        f"{_CIRCLE}{seen}.\nDoing it again will give the same. Think about what is really wrong and do "
        "something else."
    )


def used_up(agent: str, turns: int) -> str:
    """What people and later agents are told of work that was cut off."""
    counted = f"{turns} turn{'' if turns == 1 else 's'}"
    return f"The {agent} was stopped after {counted}, all that --max-turns allows."


def circles_told(request: Json) -> Iterator[str]:
    """What repeats, where a recorded request to a model tells it so."""
    match request:
        case {"head": _, "new": [_]}:
            return  # the opening of a conversation: what people and files say
        case {"new": [*_, {"role": "user", "parts": [*_, {"type": "text", "text": str(note)}]}]}:
            for line in note.splitlines():
                if line.startswith(_CIRCLE):
                    yield line.removeprefix(_CIRCLE).removesuffix(".")
