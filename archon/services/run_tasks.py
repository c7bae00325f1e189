"""The embedded runner: works on queued and orphaned tasks, as many at once as it may."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

from archon.domain.errors import ArchonError, Conflict
from archon.domain.money import to_usd
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.advance_task import STOPPED, Advance
from archon.services.claim_task import claim_task, may_claim
from archon.services.platform import Platform

log = logging.getLogger(__name__)

SWEEP_S = 2.0
"""How often the tasks table is looked at; hints only make it sooner."""
LONGEST_REST_S = 300.0
"""The most that a task rests whose work breaks off again and again."""


class Runner:
    """Finds tasks that nobody works on, and works on them.

    The tasks table is the truth; a hint is only a reason to look now. A running task of this process
    that is not among its `_active` ones broke off when the database did: it is taken up again.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._active: dict[TaskId, Advance] = {}
        self._broken: Counter[TaskId] = Counter()
        self._rests_until: dict[TaskId, float] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._hinted = asyncio.Event()
        self._is_stopping = False

    def hint(self) -> None:
        """Say that there may be something to do."""
        self._hinted.set()

    async def run(self) -> None:
        """Work until cancelled; `stop` first lets the tasks pause."""
        try:
            await self._platform.journal.sweep_blobs()
        except ArchonError as error:
            log.error("cannot remove what no task refers to: %s", error)
        while True:
            try:
                await self._sweep()
            except ArchonError as error:
                log.error("cannot look for tasks: %s", error)
            await self._wait()

    async def stop(self) -> None:
        """Pause what runs and return when all of it is written down."""
        self._is_stopping = True
        for advance in self._active.values():
            advance.pause("Stopped with its server.")
        if self._workers:
            await asyncio.wait(self._workers)

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._hinted.wait(), SWEEP_S)
        except TimeoutError:
            return
        finally:
            self._hinted.clear()

    async def _sweep(self) -> None:
        """Start what may be started, oldest first."""
        rows = await self._platform.journal.rows(statuses=[Status.QUEUED, Status.RUNNING], limit=1000)
        for row in reversed(rows):
            if self._is_stopping or len(self._active) >= self._platform.limits.max_concurrent_tasks:
                return
            if self._may_start(row.id) and await may_claim(self._platform, row, is_ours_free=True):
                await self._start(row.id)

    def _may_start(self, task_id: TaskId) -> bool:
        rests_until = self._rests_until.get(task_id, 0.0)
        return task_id not in self._active and asyncio.get_running_loop().time() >= rests_until

    async def _start(self, task_id: TaskId) -> None:
        try:
            epoch = await claim_task(self._platform, task_id, is_ours_free=True)
        except Conflict:
            return
        advance = Advance(self._platform, task_id)
        self._active[task_id] = advance
        worker = asyncio.create_task(self._work(task_id, advance, epoch))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, task_id: TaskId, advance: Advance, epoch: int) -> None:
        log.info("task started task=%s", task_id)
        began = self._platform.clock.monotonic()
        try:
            row = await advance.run(epoch=epoch)
            _log_end(row, self._platform.clock.monotonic() - began)
            self._broken.pop(task_id, None)
            self._rests_until.pop(task_id, None)
            self.hint()
        except ArchonError as error:
            log.error("task broken off task=%s, it is taken up again: %s", task_id, error)
            self._rest(task_id)
        finally:
            del self._active[task_id]

    def _rest(self, task_id: TaskId) -> None:
        """Leave a task that broke off until the next sweep, and each time it does so again twice as long."""
        again = self._broken[task_id]
        rest_s = min(SWEEP_S * 2**again, LONGEST_REST_S) if again else 0.0
        self._broken[task_id] += 1
        self._rests_until[task_id] = asyncio.get_running_loop().time() + rest_s


def _log_end(row: TaskRow, took_s: float) -> None:
    """One line on how a task came to rest, a warning where a person is to look after it."""
    is_well = row.status in {Status.COMPLETED, Status.CANCELLED} or row.reason == STOPPED
    log.log(
        logging.INFO if is_well else logging.WARNING,
        "task ended task=%s status=%s reason=%s cost_usd=%.4f seconds=%.1f",
        row.id,
        row.status,
        row.reason or "-",
        to_usd(row.cost_microusd),
        took_s,
    )
