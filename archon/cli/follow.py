"""Follows a task's journal and tells its story while it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias

from archon.cli.show import say
from archon.cli.story import Story
from archon.cli.story_lines import Line
from archon.domain.events import Event
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.look_at_tasks import as_seen, story_of_death
from archon.services.platform import Platform

Show: TypeAlias = Callable[[Iterable[Line]], None]

AT_REST = {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.WAITING, Status.PAUSED}
"""Where nothing more happens by itself."""

LOOK_S = 5.0
"""How often a silent task is looked at, whether its runner still lives."""
TAKE_UP_S = 4.0
"""In what time a server, if there is one, takes up a task whose runner died."""


class Teller(Protocol):
    def tell(self, event: Event) -> list[Line]:
        """What is shown of an event, given to it in order."""
        ...


class Follower:
    """One reader of one task, who never shows an event twice."""

    def __init__(
        self,
        platform: Platform,
        task_id: TaskId,
        show: Show,
        *,
        after: int = 0,
        teller: Teller | None = None,
    ) -> None:
        """Events up to `after` are read, since the story needs them, but not shown."""
        self._platform = platform
        self._task_id = task_id
        self._show = show
        self._after = after
        self._seen = 0
        self._teller = teller or Story()
        self._noted = ""

    async def catch_up(self) -> TaskRow:
        """Show what is new; the task as it was just before. Raises: NotFound."""
        row = await self._platform.journal.row(self._task_id)
        for event in await self._platform.journal.events(self._task_id, after=self._seen):
            lines = self._teller.tell(event)
            self._seen = event.seq
            if event.seq > self._after:
                self._show(lines)
        return row

    async def wait(self, timeout_s: float) -> bool:
        """Return when there is something new, or after the time-out; whether there is."""
        return await self._platform.journal.wait(self._task_id, after=self._seen, timeout_s=timeout_s)

    async def follow(self) -> TaskRow:
        """Show events until the task is at rest, or its runner dead and nobody takes it up; the row then.

        Raises: NotFound.
        """
        while True:
            row = await self.look()
            if row.status in AT_REST:
                return row
            if row.status is Status.QUEUED:
                self._note(
                    f"It waits for a runner: a server, or `archon resume {row.id}`, which works on it here."
                )
            await self.wait(LOOK_S)

    async def look(self) -> TaskRow:
        """Catch up; the task as people see it, once a server had the time to take it from a dead runner."""
        row = await self.catch_up()
        seen = await as_seen(self._platform, row)
        death = story_of_death(seen)
        if death is None:
            return seen
        self._note(f"{death.message} {death.hint}")
        return await self.catch_up() if await self.wait(TAKE_UP_S) else seen

    def _note(self, text: str) -> None:
        """Say once in a row what no event tells."""
        if text != self._noted:
            say(text)
        self._noted = text
