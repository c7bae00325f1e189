"""Runs a task's recording again, with no model, no sandbox and nothing outside."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archon.domain.errors import Conflict, InvalidInput, ReplayMismatch
from archon.domain.events import Body, Completed, Draft, Event, Failed, Finished, Started, Submitted
from archon.domain.task import Status, TaskSpec
from archon.domain.values import OwnerId, TaskId
from archon.engine.history import History, live
from archon.engine.modes import Replay
from archon.engine.outcomes import Stopped
from archon.engine.run import Run
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.ports.journal import Journal
from archon.services.platform import Platform
from archon.services.toolbox import toolbox_of
from archon.workflows.registry import workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    effects: int
    """How many recorded effects were played; every one of them came out equal."""
    status: Status


_REPORT = (
    "The code has changed since, or this is a fault in Archon; `archon export ID FILE` writes what a report "
    "needs."
)


async def replay_task(platform: Platform, task_id: TaskId, scratch: Callable[[], Journal]) -> Replayed:
    """Replay an ended task into a scratch journal and compare the two, entry by entry.

    Raises: ReplayMismatch at the first difference; Conflict for a task that has not ended; NotFound.
    """
    row = await platform.journal.row(task_id)
    if row.status not in {Status.COMPLETED, Status.FAILED}:
        raise Conflict(
            f"Only an ended task can be replayed; {task_id} is {row.status}.",
            hint=f"`archon tasks {task_id}` tells how it stands.",
        )
    recorded = await platform.journal.events(task_id)
    first = recorded[0].body
    if not isinstance(first, Submitted):
        raise InvalidInput(f"The task {task_id} has no beginning.", hint="Its journal is damaged.")
    replayed = await _run(platform, task_id, first.spec, recorded, scratch())
    return Replayed(effects=_compare(recorded, replayed), status=row.status)


async def _run(
    platform: Platform, task_id: TaskId, spec: TaskSpec, recorded: Sequence[Event], journal: Journal
) -> Sequence[Event]:
    """The events of going through the workflow with the recording's outcomes."""
    await journal.create(task_id, spec, {}, owner=OwnerId("replay"))
    mode = Replay(History(recorded))
    run = Run(task_id=task_id, epoch=1, journal=journal, mode=mode, renew=platform.owners.beat)
    await run.catch_up()
    with tempfile.TemporaryDirectory(prefix="archon-replay-") as folder:
        workspace = Workspace(Path(folder), platform.folders, platform.journal)
        try:
            await workflow(spec.workflow)(Scope(run, workspace), toolbox_of(platform, run))
        except Stopped as stopped:
            finished = Finished(status="failed", reason=stopped.reason, message=stopped.message)
            await run.append(Draft(body=finished))
    return await journal.events(task_id)


def _compare(recorded: Sequence[Event], replayed: Sequence[Event]) -> int:
    """The number of equal outcomes. Raises: ReplayMismatch."""
    wanted, got = _holding(recorded), _holding(replayed)
    for place, body in wanted.items():
        if got.get(place) != body:
            raise ReplayMismatch(f"The replay came out differently at {' '.join(place)}.", hint=_REPORT)
    for place in got.keys() - wanted.keys():
        raise ReplayMismatch(
            f"The replay did something that was not recorded, at {' '.join(place)}.", hint=_REPORT
        )
    return sum(isinstance(body, Completed | Failed) for body in wanted.values())


def _holding(events: Sequence[Event]) -> dict[tuple[str, str, str, str], Body]:
    """What holds, by place, without what a replay cannot share: numbers, times and epochs."""
    return {
        (event.scope, event.key, event.hash, event.body.kind): event.body
        for event in live(events)
        if isinstance(event.body, Started | Completed | Failed | Finished)
    }
