"""Named places in which effects are numbered, looked up, performed and recorded."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass

from archon.domain.errors import ArchonError, LeaseLost
from archon.domain.events import (
    Answered,
    Body,
    Completed,
    Diverged,
    Draft,
    EffectKind,
    Event,
    Failed,
    Interrupted,
    Problem,
    Repeat,
    Started,
)
from archon.domain.task import Question
from archon.domain.values import Digest, Json, JsonObject, digest
from archon.engine.history import Entry, Key, Outcome, format_key
from archon.engine.modes import Effect
from archon.engine.outcomes import Halted, Parked, Perform, Performed, Refusal
from archon.engine.run import Run
from archon.engine.workspace import Workspace

UNFENCED: frozenset[EffectKind] = frozenset({"clock", "id"})
"""Effects that change nothing outside, so that their start needs no record."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an effect stands and what it asks for."""

    kind: EffectKind
    scope: str
    key: Key
    hash: Digest
    ordinal: int

    def draft(self, body: Body) -> Draft:
        return Draft(body=body, scope=self.scope, key=format_key(self.key), hash=self.hash)


class Scope:
    """A place that one piece of code uses, one effect at a time.

    Effects are numbered in program order, the number taken before the first await. An effect's hash
    covers its kind, its request and all outcomes before it, so a recorded one is only used where
    everything that led to it is the same (JOURNAL, section 2).
    """

    def __init__(self, run: Run, workspace: Workspace, path: str = "", key: Key = (), previous: str = ""):
        self.run = run
        self.workspace = workspace
        self.path = path
        self._key = key
        self._previous = previous
        self._next = 0
        self._visits: Counter[str] = Counter()
        self._kinds: Counter[EffectKind] = Counter()
        self._is_busy = False

    async def effect(
        self, kind: EffectKind, request: Json, perform: Perform, *, repeat: Repeat = "safe"
    ) -> Completed:
        """The recorded outcome of this effect, or the one of performing it now.

        Raises: Refusal where the world said no; ArchonError where the platform broke, after the
        effect was recorded as interrupted; LeaseLost before anything is done without the lease;
        Halted instead of beginning an effect when the run is known to stop.
        """
        with self._turn(kind, request) as place:
            entry = await self._recall(place)
            if entry is None or entry.outcome is None:
                outcome = await self._perform(place, request, perform, repeat)
            else:
                outcome = _outcome_of(entry.outcome)
            self._take(outcome)
        return _result_of(outcome)

    async def ask(self, question: Question) -> JsonObject:
        """A person's answer. Raises: Parked until there is one."""
        request: JsonObject = asdict(question) | {"options": [*question.options]}  # as a record gives it back
        with self._turn("question", request) as place:
            entry = await self._recall(place)
            if entry is None:
                await self.run.append(place.draft(Started(effect="question", request=request)))
                entry = self.run.history.get(place.key)
            outcome = _outcome_of(entry.outcome) if entry and entry.outcome else None
            if outcome is None:
                outcome = await self._perform(place, request, lambda: _answer(entry, question), "safe", False)
            self._take(outcome)
        answer = _result_of(outcome).result
        return answer if isinstance(answer, dict) else {}

    async def step(self, name: str, inputs: Json, body: Callable[[Scope], Awaitable[Json]]) -> Json:
        """Enter a step once: its result is recorded whole, with the workspace after it.

        A step whose inputs and past are the same as in the record is not entered again. Raises what
        `body` raises; the step then has no result and is entered again by a resume.
        """
        path = self._visit(name)
        with self._turn("step", {"name": path, "inputs": inputs}) as place:
            entry = await self._recall(place)
            outcome = _outcome_of(entry.outcome) if entry and entry.outcome else None
            if outcome is None:
                if entry is None or entry.started is None:
                    await self.run.append(place.draft(Started(effect="step", request={"name": path})))
                before = self.workspace.manifest
                inner = Scope(self.run, self.workspace, path, place.key, self._previous)
                try:
                    result = await body(inner)
                finally:
                    await self.workspace.sessions.close()
                await inner._end()
                after = self.workspace.manifest
                outcome = Completed(
                    effect="step", result=result, manifest=None if after is before else after.to_json()
                )
                await self.run.append(place.draft(outcome))
            self._take(outcome)
        return _result_of(outcome).result

    @asynccontextmanager
    async def child(self, name: str) -> AsyncIterator[Scope]:
        """A named part of this scope, entered every time; it starts from this scope's last outcome."""
        path = self._visit(name)
        with self._occupied() as number:
            key = (*self._key, number)
            if self.run.history.get(key) is not None:
                await self.run.append(Draft(body=Diverged(), scope=self.path, key=format_key(key)))
            inner = Scope(self.run, self.workspace, path, key, self._previous)
            yield inner
            await inner._end()
            self._previous = inner._previous

    @property
    def upcoming(self) -> str:
        """A readable name of the place that the next effect will take, such as `repair.2:0`."""
        return f"{self.path}:{self._next}"

    def _visit(self, name: str) -> str:
        self._visits[name] += 1
        visit = self._visits[name]
        numbered = name if visit == 1 else f"{name}.{visit}"
        return f"{self.path}/{numbered}" if self.path else numbered

    @contextmanager
    def _occupied(self) -> Iterator[int]:
        if self._is_busy:
            raise RuntimeError(
                f"Two users of the scope {self.path or '(root)'} at once: give each its own child."
            )
        self._is_busy = True
        number, self._next = self._next, self._next + 1
        try:
            yield number
        finally:
            self._is_busy = False

    @contextmanager
    def _turn(self, kind: EffectKind, request: Json) -> Iterator[_Place]:
        with self._occupied() as number:
            ordinal = self._kinds[kind]
            self._kinds[kind] += 1
            hashed = digest([self.path, kind, request, self._previous])
            yield _Place(kind, self.path, (*self._key, number), hashed, ordinal)

    async def _recall(self, place: _Place) -> Entry | None:
        history = self.run.history
        entry = history.get(place.key)
        if entry is None and not history.holds_inside(place.key):
            return None
        if entry is not None and (entry.scope, entry.hash) == (place.scope, place.hash):
            return entry
        await self.run.append(place.draft(Diverged()))
        return None

    async def _perform(
        self, place: _Place, request: Json, perform: Perform, repeat: Repeat, fence: bool = True
    ) -> Outcome:
        if self.run.stop is not None:  # heard of with a write, before whoever watches for it
            raise Halted
        if fence and place.kind not in UNFENCED:
            if repeat != "safe":
                await self.run.renew()
            await self.run.append(place.draft(Started(effect=place.kind, request=request, repeat=repeat)))
        effect = Effect(
            kind=place.kind, scope=place.scope, key=place.key, hash=place.hash, ordinal=place.ordinal
        )
        try:
            performed = await self.run.mode.perform(effect, perform)
        except (LeaseLost, Parked):
            raise
        except Refusal as refusal:
            return await self._record(place, Failed(effect=place.kind, problem=refusal.problem))
        except ArchonError as error:
            problem = Problem(code=error.code, message=error.message, hint=error.hint)
            await self.run.append(place.draft(Interrupted(effect=place.kind, problem=problem)))
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self._record_stop(place))
            raise
        # What was paid for is written down even if the work is stopped at this very moment.
        return await asyncio.shield(self._record(place, _completed(place.kind, performed), performed))

    async def _record(self, place: _Place, outcome: Outcome, performed: Performed | None = None) -> Outcome:
        await self.run.append(place.draft(outcome), blobs=performed.blobs if performed else None)
        return outcome

    async def _record_stop(self, place: _Place) -> None:
        """A cancelled task's effect has failed for good; a paused one's is performed again later."""
        if self.run.stop == "cancel":
            problem = Problem(code="cancelled", message="Cancelled while it ran.")
            await self.run.append(place.draft(Failed(effect=place.kind, problem=problem)))
        elif self.run.stop == "pause":
            problem = Problem(code="paused", message="Stopped while it ran; it is done again on resume.")
            await self.run.append(place.draft(Interrupted(effect=place.kind, problem=problem)))

    async def _end(self) -> None:
        """What was recorded in this scope beyond its end no longer applies, nor what came after it."""
        beyond = (*self._key, self._next)
        if self.run.history.holds_from(beyond):
            await self.run.append(Draft(body=Diverged(), scope=self.path, key=format_key(beyond)))

    def _take(self, outcome: Outcome) -> None:
        """Let the workspace and the chain of hashes stand behind the outcome."""
        match outcome:
            case Completed(effect=kind, result=result, manifest=manifest):
                self._previous = digest([self._previous, result, manifest])
                if manifest is not None:
                    self.workspace.move_to(manifest, whole=kind == "step")
            case Failed(problem=problem):
                self._previous = digest([self._previous, {"refused": [problem.code, problem.message]}])


def _completed(kind: EffectKind, performed: Performed) -> Completed:
    return Completed(
        effect=kind, result=performed.result, charge=performed.charge, manifest=performed.manifest
    )


def _outcome_of(event: Event) -> Outcome:
    if isinstance(event.body, Completed | Failed):
        return event.body
    raise TypeError(f"not an outcome: {event.body.kind}")


def _result_of(outcome: Outcome) -> Completed:
    if isinstance(outcome, Failed):
        raise Refusal(outcome.problem)
    return outcome


async def _answer(entry: Entry | None, question: Question) -> Performed:
    answers = [e.body.answer for e in entry.answers if isinstance(e.body, Answered)] if entry else []
    if not answers:
        raise Parked(question, asked_in=entry.started.seq if entry and entry.started else 0)
    return Performed(result=answers[0])
