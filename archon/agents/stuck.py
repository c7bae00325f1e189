"""Notices when an agent goes in circles, from what it did and what came of it.

Source: the patterns follow OpenHands' stuck detector (same action and result, same action and error,
monologue, actions in turn), with the thresholds lowered to three and circles of any small length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from archon.domain.clocks import without_clocks
from archon.domain.values import Json, digest

REPEATS = 3
"""How often the same must happen to count as being stuck, be it one turn or several in their order."""
LONGEST_CIRCLE = 4
"""How many turns a circle may have to be noticed: A B C D A B C D …"""
FRUITLESS = 6
"""How many turns in a row of which every call failed count, whatever was called."""
MEMORY_TURNS = 16
"""How long being told counts: an agent that is stuck again later is told again first."""

Advice: TypeAlias = Literal["tell", "ask"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an agent, for comparison."""

    action: str
    """Digest of the calls; empty when it called nothing."""
    result: str
    """Digest of what came of them, free of clocks and addresses."""
    error: str
    """Digest of the results that are errors; empty when none is."""
    is_fruitless: bool
    """Whether every call failed."""
    what: str
    """The calls for people, such as `run python main.py`."""

    def is_like(self, other: Turn) -> bool:
        """Whether the same was done and the same came of it."""
        return (self.action, self.result) == (other.action, other.result)


def turn(what: str, calls: Sequence[Json], results: Sequence[str], errors: Sequence[str]) -> Turn:
    """`results` are those of `calls`, in their order; `errors` the ones among them that are errors."""
    return Turn(
        action=digest([*calls]) if calls else "",
        result=_digest(results),
        error=_digest(errors) if errors else "",
        is_fruitless=bool(calls) and len(errors) == len(calls),
        what=what,
    )


def _digest(texts: Sequence[str]) -> str:
    return digest([without_clocks(text) for text in texts])


@dataclass(frozen=True, slots=True)
class Stuck:
    """What repeats, in words, and what to do about it: tell the agent, or ask a person."""

    seen: str
    advice: Advice


@dataclass
class StuckWatch:
    """Takes each turn, and says when the agent is stuck: first for the agent, then for a person."""

    _turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=REPEATS * LONGEST_CIRCLE))
    _told_turns_ago: int = MEMORY_TURNS

    def take(self, latest: Turn) -> Stuck | None:
        """Whether this turn is one too many. What was said starts the count anew."""
        self._turns.append(latest)
        self._told_turns_ago += 1
        seen = _pattern([*self._turns])
        if not seen:
            return None
        advice: Advice = "ask" if self._told_turns_ago <= MEMORY_TURNS else "tell"
        self._turns.clear()
        self._told_turns_ago = 0 if advice == "tell" else MEMORY_TURNS
        return Stuck(seen, advice)


def _pattern(turns: Sequence[Turn]) -> str:
    """What repeats at the end of the turns, in words; empty when nothing does."""
    for length in range(1, LONGEST_CIRCLE + 1):
        if _goes_round(turns, length):
            return _round(turns[-length:])
    latest, last = turns[-1], turns[-REPEATS:]
    if latest.error and len(last) == REPEATS and len({each.error for each in last}) == 1:
        return f"{REPEATS} times the same error: {latest.what}"
    fruitless = turns[-FRUITLESS:]
    if len(fruitless) == FRUITLESS and all(each.is_fruitless for each in fruitless):
        return f"{FRUITLESS} replies in a row of which every call failed, the last one: {latest.what}"
    return ""


def _goes_round(turns: Sequence[Turn], length: int) -> bool:
    """Whether the last turns are the same `length` turns, `REPEATS` times in a row."""
    needed = REPEATS * length
    last = turns[-needed:]
    return len(last) == needed and all(last[n].is_like(last[n - length]) for n in range(length, needed))


def _round(circle: Sequence[Turn]) -> str:
    if not any(each.action for each in circle):
        return f"{REPEATS} replies without a tool call"
    if len(circle) == 1:
        return f"{REPEATS} times the same call with the same result: {circle[0].what}"
    what = ", then ".join(each.what for each in circle)
    return f"{REPEATS} times the same {len(circle)} turns with the same results: {what}"
