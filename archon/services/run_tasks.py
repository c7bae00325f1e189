"""The embedded runner: works on queued and orphaned tasks, as many at once as it may."""

from __future__ import annotations

import asyncio
import logging

from archon.domain.errors import ArchonError, Conflict
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.advance_task import Advance
from archon.services.claim_task import claim_task, may_claim
from archon.services.platform import Platform

log = logging.getLogger(__name__)

SWEEP_S = 2.0
"""How often the tasks table is looked at; hints only make it sooner."""


class Runner:
    """Finds tasks that nobody works on, and works on them.

    The tasks table is the truth; a hint is only a reason to look now.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._active: dict[TaskId, Advance] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._hinted = asyncio.Event()
        self._is_stopping = False

    def hint(self) -> None:
        """Say that there may be something to do."""
        self._hinted.set()

    async def run(self) -> None:
        """Work until cancelled; `stop` first lets the tasks pause."""
        await self._platform.journal.sweep_blobs()
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
            advance.pause()
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
            if row.id not in self._active and await may_claim(self._platform, row):
                await self._start(row.id)

    async def _start(self, task_id: TaskId) -> None:
        try:
            epoch = await claim_task(self._platform, task_id)
        except Conflict:
            return
        advance = Advance(self._platform, task_id)
        self._active[task_id] = advance
        worker = asyncio.create_task(self._work(task_id, advance, epoch))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, task_id: TaskId, advance: Advance, epoch: int) -> None:
        try:
            await advance.run(epoch=epoch)
        except ArchonError as error:
            log.error("task %s: %s", task_id, error)
        finally:
            del self._active[task_id]
            self.hint()
