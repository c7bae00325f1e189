"""What agents that work with tools are told beside results, and where a record shows that they were."""

from __future__ import annotations

from collections.abc import Iterator

from archon.domain.values import Json

NOTHING_CALLED = "You called no tool, and nothing was done. Call one, or end the work with finish."
LAST_TURN = "Your next reply is the last one that counts: end the work with it."
_CIRCLE = "You are going in circles: "
_UNUSABLE = "I could not use that reply: "
_NOT_CARRIED_OUT = "Nothing of that reply was carried out: "


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


def unusable(complaint: str) -> str:
    """What an agent is told whose reply breaks its protocol."""
    return f"{_UNUSABLE}{complaint}\nSend the whole answer again, corrected."


def not_carried_out(complaint: str) -> str:
    """What an agent with tools is told whose calls cannot be understood."""
    return f"{_NOT_CARRIED_OUT}{complaint}"


def told(request: Json) -> Iterator[str]:
    """What a recorded request to a model says of its last reply, for people: one line each."""
    match request:
        case {"head": _, "new": [_]}:
            return  # the opening of a conversation: what people and files say
        case {"new": [*_, {"role": "user", "parts": [*parts]}]}:
            yield from dict.fromkeys(line for part in parts for line in _told_in(part))


def _told_in(part: Json) -> Iterator[str]:
    match part:
        case {"type": "text", "text": str(note)}:
            for line in note.splitlines():
                if line.startswith(_CIRCLE):
                    seen = line.removeprefix(_CIRCLE).removesuffix(".")
                    yield f"The agent is told that it goes in circles: {seen}"
                elif line.startswith((_UNUSABLE, _NOT_CARRIED_OUT)):
                    yield f"The reply is refused: {line.partition(': ')[2]}"
        case {"is_error": True, "content": str(content)} if content.startswith(_NOT_CARRIED_OUT):
            yield f"The reply is refused: {_first_line(content.partition(': ')[2])}"
        case {"is_error": True, "content": str(content)} if content.strip():
            yield f"It did not work: {_first_line(content)}"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
