"""Follows a task's journal and tells its story while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from archon.cli.story import Line, Story
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.ports.journal import Journal

Show: TypeAlias = Callable[[Iterable[Line]], None]

AT_REST = {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.WAITING, Status.PAUSED}
"""Where nothing more happens by itself."""


async def follow(
    journal: Journal,
    task_id: TaskId,
    show: Show,
    *,
    until: Callable[[TaskRow], bool] = lambda row: row.status in AT_REST,
    after: int = 0,
) -> TaskRow:
    """Show every event above `after` until `until` holds and all of it is shown; the row then.

    Raises: NotFound.
    """
    story = Story()
    seen = 0
    while True:
        row = await journal.row(task_id)
        for event in await journal.events(task_id, after=seen):
            lines = story.tell(event)
            seen = event.seq
            if seen > after:
                show(lines)
        if until(row) and row.last_seq <= seen:
            return row
        await journal.wait(task_id, after=seen, timeout_s=5)
