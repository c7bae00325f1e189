"""A journal that lives and dies with its process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from archon.adapters.memory.account import Account
from archon.domain.errors import Conflict, InvalidInput, LeaseLost, NotFound, QueueFull
from archon.domain.events import Claimed, Draft, Event, Submitted
from archon.domain.row import TaskRow, advance, begin, charge_of, numbered, read_recording, refusal
from archon.domain.task import Status, TaskSpec
from archon.domain.values import Digest, OwnerId, TaskId
from archon.ports.clock import Clock
from archon.ports.journal import LARGEST_BLOB_BYTES, Reservation


@dataclass
class _Task:
    row: TaskRow
    events: list[Event]
    account: Account = field(default_factory=Account)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, events: Sequence[Event]) -> None:
        for event in events:
            self.row = advance(self.row, event)
            charge = charge_of(event)
            if charge is not None:
                self.account.settle(charge)
        self.events.extend(events)
        self.changed.set()
        self.changed = asyncio.Event()

    def shown(self) -> TaskRow:
        return replace(
            self.row,
            spent_microusd=self.account.spent_microusd,
            reserved_microusd=self.account.reserved_microusd,
            unpriced_microusd=self.account.unpriced_microusd,
            unpriced_tokens=self.account.unpriced_tokens,
            unpriced_reserved_tokens=self.account.unpriced_reserved_tokens,
        )


class MemoryJournal:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: dict[TaskId, _Task] = {}
        self._blobs: dict[Digest, bytes] = {}

    async def create(
        self,
        task_id: TaskId,
        spec: TaskSpec,
        blobs: Mapping[Digest, bytes],
        *,
        owner: OwnerId | None = None,
        max_active: int | None = None,
    ) -> TaskRow:
        if task_id in self._tasks:
            raise Conflict(f"There is a task {task_id} already.")
        active = sum(task.row.status in {Status.QUEUED, Status.RUNNING} for task in self._tasks.values())
        if max_active is not None and active >= max_active:
            raise QueueFull(f"{active} tasks are queued or running.", hint="Try again when one has ended.")
        self._keep(blobs)
        first = self._numbered(task_id, [Draft(body=Submitted(spec=spec))], after=0, epoch=0)
        task = self._tasks[task_id] = _Task(begin(first[0]), first)
        if owner is not None:
            await self.claim(task_id, owner, from_epoch=0)
        return task.shown()

    async def take_in(self, events: Sequence[Event], blobs: Mapping[Digest, bytes]) -> TaskRow:
        row = read_recording(events)
        task = self._tasks.get(row.id)
        if task is None:
            self._keep(blobs)
            account = Account(
                spent_microusd=row.spent_microusd,
                unpriced_microusd=row.unpriced_microusd,
                unpriced_tokens=row.unpriced_tokens,
            )
            task = _Task(row, list(events), account)
            self._tasks[row.id] = task
        elif task.events[: len(events)] != list(events):
            raise Conflict(f"There is another task {row.id}.")
        return task.shown()

    async def append(
        self,
        task_id: TaskId,
        drafts: Sequence[Draft],
        *,
        epoch: int,
        blobs: Mapping[Digest, bytes] | None = None,
        expect_seq: int | None = None,
    ) -> list[Event]:
        task = self._task(task_id)
        refused = refusal(task.row, epoch=epoch, expect_seq=expect_seq)
        if refused is not None:
            raise refused
        self._keep(blobs or {})
        events = self._numbered(task_id, drafts, after=task.row.last_seq, epoch=epoch)
        task.add(events)
        return events

    async def events(self, task_id: TaskId, *, after: int = 0, limit: int | None = None) -> list[Event]:
        end = None if limit is None else after + limit
        return self._task(task_id).events[after:end]

    async def wait(self, task_id: TaskId, *, after: int | Callable[[], int], timeout_s: float) -> bool:
        task = self._task(task_id)
        try:
            async with asyncio.timeout(timeout_s):
                while task.row.last_seq <= (after() if callable(after) else after):
                    await task.changed.wait()
        except TimeoutError:
            return False
        return True

    async def blob(self, sha256: Digest) -> bytes:
        try:
            return self._blobs[sha256]
        except KeyError:
            raise NotFound(f"No blob {sha256} is kept.") from None

    async def row(self, task_id: TaskId) -> TaskRow:
        return self._task(task_id).shown()

    async def rows(
        self, *, statuses: Sequence[Status] | None = None, before: TaskId | None = None, limit: int = 50
    ) -> list[TaskRow]:
        rows = (self._tasks[task_id].shown() for task_id in sorted(self._tasks, reverse=True))
        wanted = [
            row
            for row in rows
            if (statuses is None or row.status in statuses) and (before is None or row.id < before)
        ]
        return wanted[:limit]

    async def claim(self, task_id: TaskId, owner: OwnerId, *, from_epoch: int) -> int:
        task = self._task(task_id)
        if task.row.lease_epoch != from_epoch:
            raise Conflict(f"Task {task_id} was claimed by another runner.")
        refused = refusal(task.row, epoch=from_epoch)
        if refused is not None:
            raise refused
        epoch = from_epoch + 1
        claimed = [Draft(body=Claimed(owner=owner))]
        task.add(self._numbered(task_id, claimed, after=task.row.last_seq, epoch=epoch))
        return epoch

    async def reserve(self, task_id: TaskId, reservation: Reservation) -> bool:
        task = self._task(task_id)
        if reservation.epoch != task.row.lease_epoch:
            raise LeaseLost(f"Task {task_id} was taken over by another runner.")
        return task.account.reserve(
            reservation,
            limit_microusd=task.row.limit_microusd,
            token_limit=task.row.unpriced_token_limit,
        )

    async def sweep_blobs(self) -> int:
        return 0

    async def open_reservations(self, task_id: TaskId) -> list[Reservation]:
        return list(self._task(task_id).account.open.values())

    def _task(self, task_id: TaskId) -> _Task:
        try:
            return self._tasks[task_id]
        except KeyError:
            raise NotFound(f"There is no task {task_id}.", hint="`archon tasks` lists them.") from None

    def _keep(self, blobs: Mapping[Digest, bytes]) -> None:
        for sha256, data in blobs.items():
            if len(data) > LARGEST_BLOB_BYTES:
                raise InvalidInput(
                    f"The value {sha256[:12]}… has {len(data):,} bytes; {LARGEST_BLOB_BYTES:,} are allowed."
                )
        self._blobs.update(blobs)

    def _numbered(self, task_id: TaskId, drafts: Sequence[Draft], *, after: int, epoch: int) -> list[Event]:
        return numbered(drafts, task_id=task_id, after=after, epoch=epoch, at=self._clock.now())
