"""The ways to run the same code: for real, from a recording alone, or from a recording's words only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

from archon.domain.errors import RecordingExhausted, ReplayMismatch
from archon.domain.events import Completed, EffectKind, Event, Failed
from archon.engine.history import History, Key, format_key
from archon.engine.outcomes import Perform, Performed, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect that has no recorded outcome in its own journal."""

    kind: EffectKind
    scope: str
    key: Key
    hash: str
    ordinal: int
    """How many effects of its kind came before it in its scope."""


class Mode(Protocol):
    async def perform(self, effect: Effect, perform: Perform) -> Performed:
        """Bring the effect about, or play it. Raises what `perform` raises, and Refusal."""
        ...


class Live:
    """Everything really happens. A resume is this, with a history."""

    async def perform(self, effect: Effect, perform: Perform) -> Performed:
        return await perform()


class Replay:
    """Nothing happens: every outcome comes from the recording, and any difference is an error."""

    def __init__(self, recording: History) -> None:
        self._recording = recording

    async def perform(self, effect: Effect, perform: Perform) -> Performed:
        entry = self._recording.get(effect.key)
        where = f"{effect.scope or 'the task'}, effect {format_key(effect.key)} ({effect.kind})"
        if entry is None or entry.outcome is None:
            raise ReplayMismatch(f"The recording ends before {where}.")
        if (entry.scope, entry.hash) != (effect.scope, effect.hash):
            raise ReplayMismatch(f"The recording holds something else at {where}.")
        return _played(entry.outcome)


class Rehearse:
    """The recording's words, clock, ids and answers; everything else really happens.

    Words alone are taken: what they once cost is not paid again, and no recording places files.
    """

    PLAYED: frozenset[EffectKind] = frozenset({"model", "clock", "id", "question"})

    def __init__(self, recording: History) -> None:
        self._played: dict[tuple[str, EffectKind], list[Event]] = defaultdict(list)
        for _, entry in sorted(recording.entries.items()):
            outcome = entry.outcome
            if outcome is not None and isinstance(outcome.body, Completed | Failed):
                self._played[entry.scope, outcome.body.effect].append(outcome)

    async def perform(self, effect: Effect, perform: Perform) -> Performed:
        if effect.kind not in self.PLAYED:
            return await perform()
        outcomes = self._played[effect.scope, effect.kind]
        if effect.ordinal >= len(outcomes):
            raise RecordingExhausted(
                f"The recording holds {len(outcomes)} {effect.kind} results in {effect.scope}; "
                f"number {effect.ordinal + 1} was asked for."
            )
        said = _played(outcomes[effect.ordinal])
        return Performed(result=said.result)


def _played(outcome: Event) -> Performed:
    match outcome.body:
        case Completed(result=result, charge=charge, manifest=manifest):
            return Performed(result=result, charge=charge, manifest=manifest)
        case Failed(problem=problem):
            raise Refusal(problem)
    raise ReplayMismatch(f"Not an outcome: {outcome.body.kind}.")
