"""Waiting for a task's events: at once for this process's own, within a moment for other processes'."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, bindparam, select

from archon.adapters.sql.database import Database
from archon.adapters.sql.schema import tasks
from archon.domain.errors import DatabaseError
from archon.domain.values import TaskId

POLL_S = 0.25
_LAST = select(tasks.c.id, tasks.c.last_seq).where(tasks.c.id.in_(bindparam("wanted", expanding=True)))


class Waiter:
    def __init__(self, task_id: TaskId, after: int | Callable[[], int]) -> None:
        self.task_id = task_id
        self._after = after
        self._result: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def look(self, last_seq: int) -> None:
        after = self._after() if callable(self._after) else self._after
        if last_seq > after and not self._result.done():
            self._result.set_result(True)

    def fail(self, error: DatabaseError) -> None:
        if not self._result.done():
            self._result.set_exception(error)

    async def came(self, timeout_s: float) -> bool:
        """Whether an event came in time. Raises: DatabaseError."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._result
        except TimeoutError:
            return False


class Watch:
    """Wakes those who wait; one query every 250 ms serves them all, and none is made when nobody waits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: set[Waiter] = set()
        self._poller: asyncio.Task[None] | None = None

    def announce(self, task_id: TaskId, last_seq: int) -> None:
        """Tell that the task's last number is at least this one, once its writer has gone on with it."""
        if self._waiters:
            asyncio.get_running_loop().call_soon(self._tell, task_id, last_seq)

    def _tell(self, task_id: TaskId, last_seq: int) -> None:
        for waiter in self._waiters:
            if waiter.task_id == task_id:
                waiter.look(last_seq)

    @contextmanager
    def waiting(self, task_id: TaskId, after: int | Callable[[], int]) -> Iterator[Waiter]:
        """Someone who is told of events above `after` from now on."""
        waiter = Waiter(task_id, after)
        self._waiters.add(waiter)
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)
            if not self._waiters and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            wanted = list({waiter.task_id for waiter in self._waiters})
            try:
                for task_id, last_seq in await self._last(wanted):
                    self._tell(task_id, last_seq)
            except DatabaseError as error:
                for waiter in self._waiters:
                    waiter.fail(error)

    async def _last(self, wanted: Sequence[TaskId]) -> list[tuple[TaskId, int]]:
        def work(connection: Connection) -> list[tuple[TaskId, int]]:
            rows = connection.execute(_LAST, {"wanted": wanted})
            return [(TaskId(row.id), row.last_seq) for row in rows]

        return await self._database.read(work)
