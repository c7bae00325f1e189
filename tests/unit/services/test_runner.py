"""The embedded runner: no task is forgotten, and no more run at once than may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.conversation import Delta, ModelRequest
from archon.domain.errors import DatabaseError
from archon.domain.events import Completed, Draft, Event, Paused
from archon.domain.task import Status
from archon.domain.values import OwnerId, TaskId
from archon.ports.clock import Clock
from archon.services.cancel_task import cancel_task
from archon.services.check_health import check_health
from archon.services.claim_task import claim_task
from archon.services.examine import examine
from archon.services.platform import Platform, RoleModels
from archon.services.resume_stopped import resume_stopped
from archon.services.run_tasks import SWEEP_S, Runner
from tests.builders.platform import another_process, build_platform, scripted, submit
from tests.builders.replies import GOOD, PLAN
from tests.builders.specs import DEAR


@dataclass
class Gate:
    """A model that lets every call through once the gate is open, and knows how many wait before it."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    inside: int = 0
    most: int = 0

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.arrived.release()
        try:
            await self.open.wait()
            async for delta in scripted(PLAN if request.role == "planner" else GOOD).respond(request):
                yield delta
        finally:
            self.inside -= 1


class Full(MemoryJournal):
    """A disk that is full until it has refused so many pauses."""

    def __init__(self, clock: Clock, *, refusals: int) -> None:
        super().__init__(clock)
        self.refusals = refusals
        self.broke = asyncio.Event()

    async def append(self, task_id: TaskId, drafts: Sequence[Draft], **more: Any) -> list[Event]:
        if self.refusals and any(isinstance(each.body, Completed | Paused) for each in drafts):
            if any(isinstance(each.body, Paused) for each in drafts):
                self.refusals -= 1
                self.broke.set()
            raise DatabaseError("The disk is full.", hint="Make room.")
        return await super().append(task_id, drafts, **more)


@asynccontextmanager
async def running(platform: Platform) -> AsyncIterator[Runner]:
    runner = Runner(platform)
    loop = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        await runner.stop()
        loop.cancel()


async def ended(platform: Platform, *task_ids: TaskId) -> list[Status]:
    for task_id in task_ids:
        row = await platform.journal.row(task_id)
        while not row.status.is_final:
            assert await platform.journal.wait(task_id, after=row.last_seq, timeout_s=10)
            row = await platform.journal.row(task_id)
    return [(await platform.journal.row(task_id)).status for task_id in task_ids]


async def test_no_more_tasks_run_at_once_than_may_and_all_come_to_their_end(tmp_path: Path) -> None:
    gate = Gate()
    platform = build_platform(tmp_path, gate, max_concurrent_tasks=2)
    tasks = [await submit(platform, use_sandbox=False) for _ in range(5)]
    async with running(platform):
        await gate.arrived.acquire()
        await gate.arrived.acquire()
        health = await check_health(platform)
        assert (health.running, health.queued) == (2, 3)
        oldest = [(await platform.journal.row(task)).status for task in tasks[:2]]
        assert oldest == [Status.RUNNING, Status.RUNNING]
        gate.open.set()
        assert await ended(platform, *tasks) == [Status.COMPLETED] * 5
    assert gate.most == 2


async def test_stopping_pauses_what_runs_and_the_next_server_goes_on_with_it(tmp_path: Path) -> None:
    gate = Gate()
    platform = build_platform(tmp_path, gate)
    task = await submit(platform, use_sandbox=False)
    mine = await submit(platform, use_sandbox=False, submitted_by="cli")
    async with running(platform):
        await gate.arrived.acquire()
        await gate.arrived.acquire()
    assert [(await platform.journal.row(each)).status for each in (task, mine)] == [Status.PAUSED] * 2
    later = another_process(platform)
    assert await resume_stopped(later) == [task], "what a person interrupted is that person's"
    gate.open.set()
    async with running(later):
        assert await ended(later, task) == [Status.COMPLETED]


async def test_a_task_whose_process_died_is_taken_over(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, GOOD))
    task = await submit(platform, use_sandbox=False)
    await claim_task(platform, task)
    later = another_process(platform)
    async with running(later):
        assert await ended(later, task) == [Status.COMPLETED]


async def test_a_task_of_a_living_process_is_left_to_it(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, GOOD))
    task = await submit(platform, use_sandbox=False)
    await platform.owners.enter()
    theirs = replace(platform, owners=another_process(platform).owners)
    alive = _Living(theirs.owners.id)
    await claim_task(platform, task)
    other = await submit(platform, use_sandbox=False)
    async with running(replace(theirs, owners=alive)):
        assert await ended(platform, other) == [Status.COMPLETED]
    assert (await platform.journal.row(task)).status is Status.RUNNING


async def test_a_task_that_broke_off_with_the_database_is_taken_up_again(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, PLAN, GOOD))
    platform = replace(platform, journal=Full(platform.clock, refusals=1))
    task = await submit(platform, use_sandbox=False)
    async with running(platform):
        assert await ended(platform, task) == [Status.COMPLETED]
    assert (await platform.journal.row(task)).lease_epoch == 2


async def test_a_task_that_broke_off_with_the_database_can_be_cancelled(tmp_path: Path) -> None:
    model = scripted(PLAN, PLAN, GOOD)
    platform = build_platform(tmp_path, model, price=DEAR)
    journal = Full(platform.clock, refusals=1)
    platform = replace(platform, journal=journal)
    task = await submit(platform, use_sandbox=False)
    async with running(platform):
        await journal.broke.wait()
        row = await cancel_task(platform, task, by="me")
        assert row.status is Status.RUNNING
        assert await ended(platform, task) == [Status.CANCELLED]
    row = await platform.journal.row(task)
    assert row.spent_microusd > 0 and row.reserved_microusd == 0
    assert len(model.requests) == 1


async def test_a_task_that_breaks_off_again_and_again_rests_in_between(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(*[PLAN] * 3, GOOD))
    platform = replace(platform, journal=Full(platform.clock, refusals=2))
    task = await submit(platform, use_sandbox=False)
    began = asyncio.get_running_loop().time()
    async with running(platform):
        assert await ended(platform, task) == [Status.COMPLETED]
    took = asyncio.get_running_loop().time() - began
    assert took >= 3 * SWEEP_S, "first until the next sweep, then twice as long"


@dataclass
class _Living:
    """A process that takes every other one for living."""

    id: OwnerId

    async def enter(self) -> None: ...

    async def leave(self) -> None: ...

    async def beat(self) -> None: ...

    async def is_gone(self, owner: OwnerId) -> bool:
        return False


async def test_health_and_findings_say_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted())
    health = await check_health(platform)
    roles = sorted(role for model in health.models for role in model.roles)
    assert (health.problems, roles) == ([], ["coder", "fixer", "planner"])
    assert health.guarantees is not None and health.guarantees.isolated
    keyless = replace(platform, roles=RoleModels(planner="gpt-4o", coder="gpt-4o", fixer="gpt-4o"))
    problems = (await check_health(keyless)).problems
    assert [problem.code for problem in problems] == ["no_model"]
    findings = {finding.part: finding for finding in await examine(keyless)}
    assert list(findings) == ["models", "sandbox", "database", "disk", "output"]
    assert not findings["models"].is_well and "OPENAI_API_KEY" in findings["models"].cure
    assert all(finding.is_well for part, finding in findings.items() if part != "models")
