"""A journal whose process dies while it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archon.adapters.clock.system import SystemClock
from archon.adapters.memory.journal import MemoryJournal
from archon.domain.events import Draft, Event
from archon.domain.values import Digest, TaskId


class Crash(BaseException):
    """The process dies here."""


class DyingJournal(MemoryJournal):
    """Dies at a chosen append, before or after it is written."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.dies_at, self.dies_after_writing, self.appends = -1, False, 0

    async def append(
        self,
        task_id: TaskId,
        drafts: Sequence[Draft],
        *,
        epoch: int,
        blobs: Mapping[Digest, bytes] | None = None,
        expect_seq: int | None = None,
    ) -> list[Event]:
        self.appends += 1
        dies = self.appends == self.dies_at
        if dies and not self.dies_after_writing:
            raise Crash
        events = await super().append(task_id, drafts, epoch=epoch, blobs=blobs, expect_seq=expect_seq)
        if dies:
            raise Crash
        return events
