"""What every journal does for those who wait for news of a task."""

from __future__ import annotations

import asyncio

import pytest

from archon.ports.journal import Journal
from archon.testing.journal_contract import CANCEL, running, started
from archon.testing.manual_clock import ManualClock


class WaitingContract:
    """Needs a `journal` fixture whose clock is the `clock` fixture."""

    async def test_waiting_ends_with_an_event_or_in_time(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        assert await journal.wait(task_id, after=1, timeout_s=0.01)
        assert not await journal.wait(task_id, after=2, timeout_s=0.01)
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            waiters = [group.create_task(journal.wait(task_id, after=2, timeout_s=60)) for _ in range(3)]
            await journal.append(task_id, [started()], epoch=1)
        assert all(waiter.result() for waiter in waiters)

    async def test_what_a_writer_adds_itself_need_not_wake_it(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        seen = 2
        waiter = asyncio.create_task(journal.wait(task_id, after=lambda: seen, timeout_s=60))
        for _ in range(3):
            seen = (await journal.append(task_id, [started()], epoch=1))[-1].seq
            await journal.row(task_id)
            assert not waiter.done()
        await journal.append(task_id, [CANCEL], epoch=0)
        async with asyncio.timeout(10):
            assert await waiter

    async def test_waiting_can_be_cancelled(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        waiter = asyncio.create_task(journal.wait(task_id, after=2, timeout_s=60))
        await journal.row(task_id)
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        await journal.append(task_id, [started()], epoch=1)
        assert await journal.wait(task_id, after=2, timeout_s=1)
