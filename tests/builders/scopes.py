"""Runs and scopes of a task in a journal of memory, without any workflow around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import NotFound
from archon.domain.task import TaskSpec
from archon.domain.values import OwnerId, TaskId
from archon.engine.modes import Live, Mode
from archon.engine.run import Run
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.ports.journal import Journal
from archon.testing.manual_clock import ManualClock
from tests.builders.specs import SPEC

TASK = TaskId("01J00000000000000000000000")


async def _no_renewal() -> None:
    return


async def claimed(
    journal: Journal, *, spec: TaskSpec = SPEC, mode: Mode | None = None, task_id: TaskId = TASK
) -> Run:
    """A run of the task under a new lease; the task is made if there is none."""
    try:
        row = await journal.row(task_id)
    except NotFound:
        row = await journal.create(task_id, spec, {})
    epoch = await journal.claim(task_id, OwnerId("me"), from_epoch=row.lease_epoch)
    run = Run(task_id=task_id, epoch=epoch, journal=journal, mode=mode or Live(), renew=_no_renewal)
    await run.catch_up()
    return run


async def opened(
    journal: Journal | None = None,
    *,
    spec: TaskSpec = SPEC,
    mode: Mode | None = None,
    folder: Path = Path("/nowhere"),
) -> Scope:
    """The root scope of a new run."""
    journal = journal or MemoryJournal(ManualClock())
    run = await claimed(journal, spec=spec, mode=mode)
    workspace = Workspace(folder, LocalFolders(), journal)
    _used.append(workspace)
    return Scope(run, workspace)


_used: list[Workspace] = []


@pytest.fixture(autouse=True)
async def sandboxes_end_with_their_test() -> AsyncIterator[None]:
    """What a step or a runner does at its end: imported by the tests that run commands outside of both."""
    _used.clear()
    yield
    for workspace in _used:
        await workspace.sessions.close()
    _used.clear()
