"""The journal in a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, bindparam, select

from archon.adapters.sql import account, blobs, rows, writing
from archon.adapters.sql.database import Database
from archon.adapters.sql.dialect import give_back_space
from archon.adapters.sql.schema import tasks
from archon.adapters.sql.watch import Watch
from archon.domain.errors import NotFound
from archon.domain.events import Body, Draft, Event, Submitted
from archon.domain.row import TaskRow, read_recording
from archon.domain.task import Status, TaskSpec
from archon.domain.values import Digest, OwnerId, TaskId
from archon.ports.clock import Clock
from archon.ports.journal import Reservation

_MUCH_BYTES = 250_000
"""Above this, blobs are compressed on a thread, so that the event loop does not stand still."""
_UNREFERENCED_FOR = timedelta(days=1)
_LIST = select(tasks).order_by(tasks.c.id.desc()).limit(bindparam("most"))


class SqlJournal:
    """Keeps the port's contract for any number of processes on one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._watch = Watch(database)

    async def create(
        self,
        task_id: TaskId,
        spec: TaskSpec,
        blobs: Mapping[Digest, bytes],
        *,
        owner: OwnerId | None = None,
        max_active: int | None = None,
    ) -> TaskRow:
        drafts, at = [Draft(body=Submitted(spec=spec))], self._clock.now()
        prepared = await _prepare([drafts[0].body], blobs)
        return await self._database.transact(
            lambda connection: writing.create(
                connection, task_id, drafts, prepared, owner=owner, max_active=max_active, at=at
            )
        )

    async def take_in(self, events: Sequence[Event], blobs: Mapping[Digest, bytes]) -> TaskRow:
        row = read_recording(events)
        prepared = await _prepare((event.body for event in events), blobs)
        return await self._database.transact(
            lambda connection: writing.take_in(connection, row, events, prepared)
        )

    async def append(
        self,
        task_id: TaskId,
        drafts: Sequence[Draft],
        *,
        epoch: int,
        blobs: Mapping[Digest, bytes] | None = None,
        expect_seq: int | None = None,
    ) -> list[Event]:
        at = self._clock.now()
        prepared = await _prepare((draft.body for draft in drafts), blobs or {})
        events = await self._database.transact(
            lambda connection: writing.append(
                connection, task_id, drafts, prepared, epoch=epoch, expect_seq=expect_seq, at=at
            )
        )
        if events:
            self._watch.announce(task_id, events[-1].seq)
        return events

    async def events(self, task_id: TaskId, *, after: int = 0, limit: int | None = None) -> list[Event]:
        return await self._database.read(
            lambda connection: rows.read_events(connection, task_id, after=after, limit=limit)
        )

    async def wait(self, task_id: TaskId, *, after: int | Callable[[], int], timeout_s: float) -> bool:
        with self._watch.waiting(task_id, after) as waiter:
            waiter.look((await self.row(task_id)).last_seq)
            return await waiter.came(timeout_s)

    async def blob(self, sha256: Digest) -> bytes:
        found = await self._database.read(lambda connection: blobs.load(connection, [sha256]))
        if sha256 not in found:
            raise NotFound(f"No blob {sha256} is kept.")
        return found[sha256]

    async def row(self, task_id: TaskId) -> TaskRow:
        return await self._database.read(lambda connection: rows.get_task(connection, task_id))

    async def rows(
        self, *, statuses: Sequence[Status] | None = None, before: TaskId | None = None, limit: int = 50
    ) -> list[TaskRow]:
        query = _LIST
        if statuses is not None:
            query = query.where(tasks.c.status.in_([status.value for status in statuses]))
        if before is not None:
            query = query.where(tasks.c.id < before)
        return await self._database.read(
            lambda connection: [rows.to_task(row) for row in connection.execute(query, {"most": limit})]
        )

    async def claim(self, task_id: TaskId, owner: OwnerId, *, from_epoch: int) -> int:
        at = self._clock.now()
        claimed = await self._database.transact(
            lambda connection: writing.claim(connection, task_id, owner, from_epoch=from_epoch, at=at)
        )
        self._watch.announce(task_id, claimed.seq)
        return claimed.epoch

    async def reserve(self, task_id: TaskId, reservation: Reservation) -> bool:
        at = self._clock.now()
        return await self._database.transact(
            lambda connection: account.reserve(connection, task_id, reservation, at=at)
        )

    async def open_reservations(self, task_id: TaskId) -> list[Reservation]:
        return await self._database.read(lambda connection: account.open_reservations(connection, task_id))

    async def sweep_blobs(self) -> int:
        before = rows.to_micros(self._clock.now() - _UNREFERENCED_FOR)

        def work(connection: Connection) -> int:
            removed = blobs.sweep(connection, before=before)
            give_back_space(connection)
            return removed

        return await self._database.transact(work)


async def _prepare(bodies: Iterable[Body], values: Mapping[Digest, bytes]) -> writing.Prepared:
    if sum(map(len, values.values())) > _MUCH_BYTES:
        return await asyncio.to_thread(writing.prepare, bodies, values)
    return writing.prepare(bodies, values)
