"""Notices when an agent goes in circles, from what it did and what came of it.

Source: the patterns and their numbers follow OpenHands' stuck detector (same action and result,
same action and error, monologue, two actions in turn), with the thresholds lowered to three.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, TypeAlias

from archon.domain.values import Json, digest

REPEATS = 3
"""How often the same must happen to count as being stuck."""
ALTERNATIONS = 6
"""How many turns of A, B, A, B … count."""
MEMORY_TURNS = 12
"""How long being told counts: an agent that is stuck again later is told again first."""

Advice: TypeAlias = Literal["tell", "ask"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of an agent, for comparison."""

    action: str
    """Digest of the calls; empty when it called nothing."""
    result: str
    """Digest of what came of them."""
    error: str
    """Digest of the results that are errors; empty when none is."""
    what: str
    """The calls for people, such as `run python main.py`."""


def turn(what: str, calls: Json, results: Json, errors: Json) -> Turn:
    return Turn(
        action=digest(calls) if calls else "",
        result=digest(results),
        error=digest(errors) if errors else "",
        what=what,
    )


@dataclass(frozen=True, slots=True)
class Stuck:
    """What repeats, in words, and what to do about it: tell the agent, or ask a person."""

    seen: str
    advice: Advice


@dataclass
class StuckWatch:
    """Takes each turn, and says when the agent is stuck: first for the agent, then for a person."""

    _turns: deque[Turn] = field(default_factory=lambda: deque(maxlen=ALTERNATIONS))
    _told_turns_ago: int = MEMORY_TURNS

    def take(self, latest: Turn) -> Stuck | None:
        """Whether this turn is one too many. What was said starts the count anew."""
        self._turns.append(latest)
        self._told_turns_ago += 1
        seen = self._pattern()
        if not seen:
            return None
        advice: Advice = "ask" if self._told_turns_ago <= MEMORY_TURNS else "tell"
        self._turns.clear()
        self._told_turns_ago = 0 if advice == "tell" else MEMORY_TURNS
        return Stuck(seen, advice)

    def _pattern(self) -> str:
        turns = list(self._turns)
        last = turns[-REPEATS:]
        latest = turns[-1]
        if len(last) == REPEATS:
            if not any(each.action for each in last):
                return f"{REPEATS} replies without a tool call"
            if len({(each.action, each.result) for each in last}) == 1:
                return f"{REPEATS} times the same call with the same result: {latest.what}"
            if latest.error and len({each.error for each in last}) == 1:
                return f"{REPEATS} times the same error: {latest.what}"
        if len(turns) == ALTERNATIONS and _alternates(turns):
            return f"{ALTERNATIONS} turns of the same two in turn: {turns[-2].what}, then {latest.what}"
        return ""


def _alternates(turns: list[Turn]) -> bool:
    pairs = [(each.action, each.result) for each in turns]
    return len(set(pairs)) == 2 and all(one != other for one, other in pairwise(pairs))
