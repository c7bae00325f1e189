"""Runs a recorded task again with the recording's words, and everything else for real."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

from archon.domain.errors import InvalidInput
from archon.domain.events import Completed, Event, Failed, Started, Submitted
from archon.domain.manifest import Manifest
from archon.domain.row import TaskRow
from archon.domain.signature import error_signature
from archon.domain.values import Digest, Json, JsonObject, OwnerId, TaskId, digest
from archon.engine.history import live
from archon.services.check_rehearsed import check_rehearsed
from archon.services.output_directory import check_output_directory
from archon.services.platform import Platform
from archon.services.read_task import view_of
from archon.services.task_view import RoundView


async def rehearse_task(
    platform: Platform, source: TaskId, *, output_directory: Path | None, owner: OwnerId | None
) -> TaskRow:
    """A new task that plays the recording of `source`, its models' words included, at no cost.

    Raises: NotFound; InvalidInput when the source has no beginning, or asks for what nobody could
    submit here; ConfigurationError.
    """
    events = await platform.journal.events(source)
    first = events[0].body
    if not isinstance(first, Submitted):
        raise InvalidInput(f"The task {source} has no beginning.", hint="Its journal is damaged.")
    check_rehearsed(first.spec)
    output = check_output_directory(output_directory or platform.output_directory, roots=None)
    isolation = asdict(await platform.sandbox.probe()) if first.spec.use_sandbox else {}
    spec = replace(
        first.spec,
        mode="rehearse",
        source=source,
        output_directory=str(output),
        isolation=cast("JsonObject", isolation | {"warnings": list(isolation.get("warnings", ()))}),
        submitted_by="cli",
    )
    inputs = Manifest.from_json(spec.inputs)
    blobs = {sha: await platform.journal.blob(sha) for sha in inputs.blobs()}
    return await platform.journal.create(TaskId(platform.clock.new_id()), spec, blobs, owner=owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One way in which a rehearsal came out differently from its recording."""

    where: str
    what: str
    is_prompt: bool = False
    """Whether only what was asked differs, as after every change of a prompt, and not what came of it."""


async def find_drift(platform: Platform, rehearsal: TaskId, source: TaskId) -> list[Drift]:
    """Where the two runs part: what models were asked, verdicts and error signatures. Raises: NotFound."""
    then, now = await platform.journal.events(source), await platform.journal.events(rehearsal)
    drift = _drift_of_calls(_asked(then), _asked(now))
    before = view_of(await platform.journal.row(source), then)
    after = view_of(await platform.journal.row(rehearsal), now)
    if before.status is not after.status:
        drift.append(Drift(where="the end", what=f"{before.status} became {after.status}"))
    for one, other in zip(before.rounds, after.rounds, strict=False):
        where = f"round {one.number}"
        if one.passed is not other.passed:
            drift.append(Drift(where=where, what=f"the verdict was {one.passed} and is {other.passed}"))
        named, named_now = _failure(one), _failure(other)
        if named != named_now:
            drift.append(Drift(where=where, what=f"{named!r} became {named_now!r}"))
    return drift


def _failure(round_: RoundView) -> str:
    """The name of a round's failure by the rules of today, which are not those that it was recorded with."""
    if round_.exit_code:
        return error_signature(round_.stderr or round_.stdout, exit_code=round_.exit_code).text
    return error_signature(round_.error, exit_code=1).text if round_.error else ""


def _asked(events: Sequence[Event]) -> dict[str, list[Digest]]:
    """Scope → hashes of what its model calls asked, in order."""
    asked: dict[str, list[Digest]] = defaultdict(list)
    finished = {e.key for e in live(events) if isinstance(e.body, Completed | Failed)}
    for event in live(events):
        if isinstance(event.body, Started) and event.body.effect == "model" and event.key in finished:
            asked[event.scope].append(digest(_words(event.body.request)))
    return asked


def _words(request: Json) -> Json:
    """What of a recorded call the model reads: how it is asked, and with which limits, are no words."""
    match request:
        case {"head": {"system": system, "tools": tools}, "new": new}:
            return [system, tools, new]
        case {"new": new}:
            return new
    return request


def _drift_of_calls(then: dict[str, list[Digest]], now: dict[str, list[Digest]]) -> list[Drift]:
    drift = []
    for scope in [*then, *(scope for scope in now if scope not in then)]:
        before, after = then.get(scope, []), now.get(scope, [])
        changed = sum(a != b for a, b in zip(before, after, strict=False))
        if changed:
            what = f"{changed} of {len(before)} prompts differ"
            drift.append(Drift(where=scope, what=what, is_prompt=True))
        if len(before) > len(after):
            drift.append(
                Drift(where=scope, what=f"{len(before) - len(after)} recorded replies were not used")
            )
    return drift
