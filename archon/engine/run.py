"""One execution of a task under one lease: the only writer of its effects."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

from archon.domain.events import CancelRequested, Claimed, Draft, Event, Submitted
from archon.domain.task import TaskSpec
from archon.domain.values import Digest, TaskId
from archon.engine.history import History
from archon.engine.modes import Mode
from archon.ports.journal import Journal


class Run:
    """A task's history as far as it is known here, and the right to add to it."""

    def __init__(
        self,
        *,
        task_id: TaskId,
        epoch: int,
        journal: Journal,
        mode: Mode,
        renew: Callable[[], Awaitable[None]],
    ) -> None:
        self.task_id = task_id
        self.epoch = epoch
        self.mode = mode
        self.renew = renew
        """Renews the lease, so that an outside effect begins with all of it ahead."""
        self.history = History()
        self.last_seq = 0
        self.stop: Literal["cancel", "pause", "lost"] | None = None
        """Why the work is being cancelled, while it is."""
        self._journal = journal
        self._spec: TaskSpec | None = None
        self._lock = asyncio.Lock()

    @property
    def spec(self) -> TaskSpec:
        if self._spec is None:
            raise RuntimeError("catch_up() comes first")
        return self._spec

    async def catch_up(self) -> None:
        """Take in what others wrote: the past of the task, and the words of doors."""
        async with self._lock:
            for event in await self._journal.events(self.task_id, after=self.last_seq):
                self._take_in(event)

    async def append(
        self, *drafts: Draft, blobs: Mapping[Digest, bytes] | None = None, expect_seq: int | None = None
    ) -> Sequence[Event]:
        """Write under this run's epoch. Raises: LeaseLost when another runner has the task."""
        async with self._lock:
            events = await self._journal.append(
                self.task_id, drafts, epoch=self.epoch, blobs=blobs, expect_seq=expect_seq
            )
            between = events[0].seq - self.last_seq - 1
            if between:
                missed = await self._journal.events(self.task_id, after=self.last_seq, limit=between)
                for event in missed:
                    self._take_in(event)
            for event in events:
                self._take_in(event)
        return events

    def _take_in(self, event: Event) -> None:
        self.last_seq = event.seq
        self.history.apply(event)
        match event.body:
            case Submitted(spec=spec):
                self._spec = spec
            case CancelRequested():
                self.stop = "cancel"
            case Claimed() if event.epoch > self.epoch:
                self.stop = "lost"
            case _:
                return
