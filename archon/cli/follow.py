"""Follows a task's journal and tells its story while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from archon.cli.story import Story
from archon.cli.story_lines import Line
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.ports.journal import Journal

Show: TypeAlias = Callable[[Iterable[Line]], None]

AT_REST = {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.WAITING, Status.PAUSED}
"""Where nothing more happens by itself."""


class Follower:
    """One reader of one task, who never shows an event twice."""

    def __init__(self, journal: Journal, task_id: TaskId, show: Show, *, after: int = 0) -> None:
        """Events up to `after` are read, since the story needs them, but not shown."""
        self._journal = journal
        self._task_id = task_id
        self._show = show
        self._after = after
        self._seen = 0
        self._story = Story()

    async def catch_up(self) -> TaskRow:
        """Show what is new; the task as it was just before. Raises: NotFound."""
        row = await self._journal.row(self._task_id)
        for event in await self._journal.events(self._task_id, after=self._seen):
            lines = self._story.tell(event)
            self._seen = event.seq
            if event.seq > self._after:
                self._show(lines)
        return row

    async def wait(self, timeout_s: float) -> None:
        """Return when there is something new, or after the time-out."""
        await self._journal.wait(self._task_id, after=self._seen, timeout_s=timeout_s)

    async def follow(self) -> TaskRow:
        """Show events until the task is at rest; the row then. Raises: NotFound."""
        while True:
            row = await self.catch_up()
            if row.status in AT_REST:
                return row
            await self.wait(timeout_s=5)
