"""Finds out how a task is run: for real, or with the words of a recording."""

from __future__ import annotations

from archon.domain.errors import NotFound
from archon.domain.events import Submitted
from archon.domain.values import TaskId
from archon.engine.history import History
from archon.engine.modes import Live, Mode, Rehearse
from archon.ports.journal import Journal


async def mode_of(journal: Journal, task_id: TaskId) -> Mode:
    """The mode that the task's first event names. Raises: NotFound for a recording that is gone."""
    first = (await journal.events(task_id, limit=1))[0].body
    if not isinstance(first, Submitted):
        raise NotFound(f"The task {task_id} has no beginning.", hint="Its journal is damaged.")
    if first.spec.mode == "live":
        return Live()
    source = TaskId(first.spec.source or "")
    return Rehearse(History(await journal.events(source)))
