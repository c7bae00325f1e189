"""Follows a task's journal for somebody far away: what is new, and what no longer holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archon.domain.events import Diverged, Event, Started
from archon.domain.values import TaskId
from archon.engine.history import live
from archon.ports.journal import Journal

BATCH = 200
"""How many events are read at once: all that waits in memory for a client that reads slowly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    retracted: Sequence[int] = ()
    """Numbers of events that no longer hold. Some of them the client may never have had."""
    events: Sequence[Event] = ()
    """What is new and holds, in order."""


class Reader:
    """One client's place in one journal."""

    def __init__(self, journal: Journal, task_id: TaskId, *, after: int) -> None:
        self.task_id = task_id
        self.after = after
        """The number of the last event that was read."""
        self._journal = journal
        self._held: set[int] = set()
        """Numbers of the events that the client may have and that still hold."""
        self._started: set[str] = set()
        """Keys of the effects among them."""

    async def begin(self) -> None:
        """Take in what the client has from an earlier connection."""
        if self.after:
            self._hold(live(await self._journal.events(self.task_id, limit=self.after)))

    async def read(self) -> News | None:
        """What was written since; None at the end of the journal."""
        batch = await self._journal.events(self.task_id, after=self.after, limit=BATCH)
        if not batch:
            return None
        self.after = batch[-1].seq
        if not any(self._takes_back(event) for event in batch):
            holding, retracted = live(batch), []
        else:
            holding = live(await self._journal.events(self.task_id, limit=self.after))
            retracted = self._retract(holding)
        new = [event for event in holding if event.seq >= batch[0].seq]
        self._hold(new)
        return News(retracted=retracted, events=new)

    def _takes_back(self, event: Event) -> bool:
        """Whether it can void earlier events: a divergence, or an effect that is started again."""
        if isinstance(event.body, Started):
            return event.key in self._started
        return isinstance(event.body, Diverged)

    def _hold(self, events: Iterable[Event]) -> None:
        for event in events:
            self._held.add(event.seq)
            if isinstance(event.body, Started):
                self._started.add(event.key)

    def _retract(self, holding: Iterable[Event]) -> list[int]:
        gone = sorted(self._held - {event.seq for event in holding})
        self._held.difference_update(gone)
        return gone
