"""A task under a lease: to its end, a question or a pause, and back from each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.scripted import ScriptedModel
from archon.domain.conversation import ModelRequest, ModelResponse
from archon.domain.errors import Conflict, DatabaseError, InvalidInput, ModelUnauthorized, ModelUnreachable
from archon.domain.events import (
    Answered,
    Attempted,
    Completed,
    Draft,
    Event,
    Failed,
    Finished,
    Interrupted,
    Paused,
    Started,
    Waiting,
)
from archon.domain.profile import ModelProfile
from archon.domain.task import Status
from archon.domain.values import OwnerId, TaskId
from archon.ports.clock import Clock
from archon.ports.journal import Journal, Reservation
from archon.services.advance_task import Advance
from archon.services.cancel_task import cancel_task
from archon.services.claim_task import claim_task
from archon.services.platform import Platform
from archon.services.read_task import read_task
from archon.services.resume_task import resume_task
from archon.services.submit_task import MOST_BUDGET_MICROUSD
from tests.builders.models import MoodyModel, Stubborn, failing, saying
from tests.builders.platform import (
    OneModel,
    advance,
    another_process,
    bodies,
    build_platform,
    run,
    scripted,
    submit,
)
from tests.builders.replies import CHECKS, GOOD, PLAN, fenced
from tests.builders.specs import DEAR

SLEEPS = fenced("main.py", "import time\nprint(55, flush=True)\ntime.sleep(60)")


WAITS_FOR_GO = fenced(
    "main.py",
    """
import pathlib, time, uuid
mine = pathlib.Path("made-by-" + uuid.uuid4().hex)
while True:
    mine.write_text("I work here")
    if pathlib.Path("go").exists():
        break
    time.sleep(0.02)
print(55)
""",
)
"""Two runs of it in one folder are seen there, and both end when they are told."""


@dataclass
class Stopped:
    """The journal of a process that is stopped: it hears nothing, while its sandbox goes on."""

    inner: Journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def wait(self, task_id: TaskId, *, after: int, timeout_s: float) -> bool:
        await asyncio.Event().wait()
        return False


async def made_by(folder: Path) -> str:
    """The name of the file that a run of `WAITS_FOR_GO` has made in the folder, as soon as it has."""
    async with asyncio.timeout(10):
        while True:
            made = [path.name for path in folder.glob("made-by-*")]  # noqa: ASYNC240 - a handful
            if made:
                return made[0]
            await asyncio.sleep(0.02)


@asynccontextmanager
async def at_work(platform: Platform, task_id: TaskId) -> AsyncIterator[Advance]:
    """The task being worked on; at its end the work has ended by itself."""
    epoch = await claim_task(platform, task_id)
    work = Advance(platform, task_id)
    running = asyncio.create_task(work.run(epoch=epoch))
    yield work
    async with asyncio.timeout(10):
        await running


async def reached(platform: Platform, task_id: TaskId, step: str, effect: str) -> None:
    """Wait until an effect of that kind has begun in the step."""
    after = 0
    while True:
        for event in await platform.journal.events(task_id, after=after):
            after = event.seq
            if isinstance(event.body, Started) and (event.scope, event.body.effect) == (step, effect):
                return
        assert await platform.journal.wait(task_id, after=after, timeout_s=10)


async def test_at_its_ceiling_a_task_waits_and_goes_on_with_more_money(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, GOOD)
    platform = build_platform(tmp_path, model, price=DEAR)
    waiting = await run(platform, budget_microusd=20_000)
    assert (waiting.status, waiting.reason) == (Status.WAITING, "budget")
    assert waiting.question and "The task was submitted with 0.02 USD" in waiting.question
    assert model.requests and model.unplayed
    spent = waiting.cost_microusd
    assert 0 < spent <= 20_000
    with pytest.raises(Conflict, match="waits for money"):
        await resume_task(platform, TaskId(waiting.id), by="me")
    for wrong in (0, 20_000, MOST_BUDGET_MICROUSD + 1):
        with pytest.raises(InvalidInput, match="must lie above"):
            await resume_task(platform, TaskId(waiting.id), by="me", budget_microusd=wrong)
    row = await resume_task(platform, TaskId(waiting.id), by="me", budget_microusd=2_000_000)
    assert (row.status, row.limit_microusd) == (Status.QUEUED, 2_000_000)
    done = await advance(platform, row.id)
    assert (done.status, done.question, done.limit_microusd) == (Status.COMPLETED, None, 2_000_000)
    assert spent < done.cost_microusd <= 2_000_000
    assert len(model.requests) == 3, "no call was made twice"
    assert [f.problem.code for f in await bodies(platform, done.id, Failed)] == ["budget_exhausted"]


async def test_it_asks_again_when_it_was_given_too_little(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD), price=DEAR)
    first = await run(platform, budget_microusd=0)
    await resume_task(platform, TaskId(first.id), by="me", budget_microusd=1)
    again = await advance(platform, TaskId(first.id))
    assert again.status is Status.WAITING
    assert len(await bodies(platform, first.id, Waiting)) == 2


@dataclass
class Eager(MemoryJournal):
    """Answers every question of a task at the moment when the task wants to wait for it."""

    answers: int = 0

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.answers = 0

    async def append(self, task_id: TaskId, drafts: Sequence[Draft], **more: Any) -> list[Event]:
        if any(isinstance(draft.body, Waiting) for draft in drafts) and not self.answers:
            self.answers += 1
            asked = [e for e in await self.events(task_id) if e.body.kind == "started"][-1]
            yes = Answered(answer={"max_budget_usd": 2.0}, by="me", limit_microusd=2_000_000)
            draft = Draft(body=yes, scope=asked.scope, key=asked.key, hash=asked.hash)
            await super().append(task_id, [draft], epoch=0)
        return await super().append(task_id, drafts, **more)


async def test_an_answer_that_comes_just_before_it_waits_is_not_missed(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD), price=DEAR)
    platform = replace(platform, journal=Eager(platform.clock))
    done = await run(platform, budget_microusd=0)
    assert done.status is Status.COMPLETED
    assert await bodies(platform, done.id, Waiting) == []


class Deaf(MemoryJournal):
    """Breaks when it is asked for news, so many times; then tells nobody anything, or all there is."""

    def __init__(self, clock: Clock, *, breaks: int, is_mute: bool = False) -> None:
        super().__init__(clock)
        self.breaks = breaks
        self.is_mute = is_mute

    async def wait(self, task_id: TaskId, *, after: int | Callable[[], int], timeout_s: float) -> bool:
        if self.breaks:
            self.breaks -= 1
            raise DatabaseError("The database is busy.")
        if self.is_mute:
            await asyncio.Event().wait()
        return await super().wait(task_id, after=after, timeout_s=timeout_s)


async def test_a_failed_look_at_the_news_makes_no_runner_deaf(tmp_path: Path) -> None:
    stubborn = Stubborn()
    platform = build_platform(tmp_path, MoodyModel([stubborn]))
    journal = Deaf(platform.clock, breaks=2)
    platform = replace(platform, journal=journal)
    task_id = await submit(platform)
    async with at_work(platform, task_id):
        await stubborn.began.wait()
        await cancel_task(platform, task_id, by="me")
    assert not journal.breaks
    assert (await platform.journal.row(task_id)).status is Status.CANCELLED


async def test_a_cancel_that_nobody_watched_for_is_heard_before_the_next_effect(tmp_path: Path) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answers_late(request: ModelRequest) -> ModelResponse | None:
        asked.set()
        await may_answer.wait()
        return await saying(PLAN)(request)

    model = MoodyModel([answers_late, saying(CHECKS), saying(GOOD)])
    platform = build_platform(tmp_path, model)
    platform = replace(platform, journal=Deaf(platform.clock, breaks=0, is_mute=True))
    task_id = await submit(platform)
    async with at_work(platform, task_id):
        await asked.wait()
        await cancel_task(platform, task_id, by="me")
        may_answer.set()
    assert (await platform.journal.row(task_id)).status is Status.CANCELLED
    assert len(model.requests) == 1


@pytest.mark.parametrize("state", ["queued", "waiting", "paused"])
async def test_a_task_that_nobody_runs_is_cancelled_at_once(tmp_path: Path, state: str) -> None:
    broken = ModelUnauthorized("The key is wrong.", hint="Look at it.")
    model = ScriptedModel([broken] if state == "paused" else [PLAN])
    platform = build_platform(tmp_path, model, price=DEAR)
    task_id = await submit(platform, budget_microusd=0 if state == "waiting" else None)
    if state != "queued":
        await advance(platform, task_id)
    assert (await platform.journal.row(task_id)).status.name.lower().startswith(state)
    row = await cancel_task(platform, task_id, by="me")
    assert (row.status, row.reserved_microusd) == (Status.CANCELLED, 0)
    with pytest.raises(Conflict, match="has ended"):
        await cancel_task(platform, task_id, by="me")
    with pytest.raises(Conflict, match="has ended"):
        await resume_task(platform, task_id, by="me")


async def test_cancelling_stops_a_call_in_flight_closes_it_and_pays_for_it(tmp_path: Path) -> None:
    stubborn = Stubborn()
    model = MoodyModel([stubborn])
    platform = build_platform(tmp_path, model, price=DEAR)
    task_id = await submit(platform)
    async with at_work(platform, task_id):
        await stubborn.began.wait()
        await cancel_task(platform, task_id, by="me")
    row = await platform.journal.row(task_id)
    assert row.status is Status.CANCELLED
    assert model.closed == 1
    (attempt,) = await bodies(platform, task_id, Attempted)
    assert row.spent_microusd == attempt.charge.cost_microusd > 0
    assert row.reserved_microusd == 0
    (failed,) = await bodies(platform, task_id, Failed)
    assert failed.problem.code == "cancelled"
    assert [type(body) for body in await bodies(platform, task_id)][-2:] == [Failed, Finished]


async def test_cancelling_stops_a_running_script(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, SLEEPS), run_timeout_s=60.0)
    task_id = await submit(platform)
    async with at_work(platform, task_id):
        await reached(platform, task_id, "run", "exec")
        await cancel_task(platform, task_id, by="me")
    view = await read_task(platform, task_id)
    assert view.status is Status.CANCELLED
    assert view.rounds[0].exit_code is None


async def test_a_pause_stops_a_running_script_which_is_run_again_on_resume(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, fenced("main.py", "import time\nprint(55)\ntime.sleep(0.5)"))
    platform = build_platform(tmp_path, model)
    task_id = await submit(platform)
    async with at_work(platform, task_id) as work:
        await reached(platform, task_id, "run", "exec")
        work.pause()
    paused = await read_task(platform, task_id)
    assert (paused.status, paused.reason) == (Status.PAUSED, "stopped")
    assert [b.problem.code for b in await bodies(platform, task_id, Interrupted)] == ["paused"]
    await resume_task(platform, task_id, by="me")
    done = await advance(platform, task_id)
    assert (done.status, len(done.rounds)) == (Status.COMPLETED, 1)
    assert len(model.requests) == 3


async def test_a_paused_call_is_paid_for_and_made_again(tmp_path: Path) -> None:
    stubborn = Stubborn()
    platform = build_platform(tmp_path, MoodyModel([stubborn]), price=DEAR)
    task_id = await submit(platform)
    async with at_work(platform, task_id) as work:
        await stubborn.began.wait()
        work.pause()
    row = await platform.journal.row(task_id)
    assert (row.status, row.reserved_microusd) == (Status.PAUSED, 0)
    assert row.spent_microusd > 0
    later = replace(platform, models=OneModel(scripted(PLAN, CHECKS, GOOD)))
    await resume_task(later, task_id, by="me", budget_microusd=None)
    done = await advance(later, task_id)
    assert done.status in {Status.COMPLETED, Status.WAITING}
    assert done.cost_microusd <= done.limit_microusd


async def test_a_pause_before_anything_runs_pauses(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN))
    task_id = await submit(platform)
    epoch = await claim_task(platform, task_id)
    work = Advance(platform, task_id)
    work.pause()
    assert (await work.run(epoch=epoch)).status is Status.PAUSED


async def test_a_task_pauses_with_the_reason_when_its_model_cannot_be_had(tmp_path: Path) -> None:
    error = ModelUnreachable("Nobody answers.", hint="Look at the network.")
    platform = build_platform(tmp_path, ScriptedModel([error, PLAN, CHECKS, GOOD]))
    paused = await run(platform)
    assert (paused.status, paused.reason) == (Status.PAUSED, "model_unreachable")
    assert (paused.message, paused.advice) == ("Nobody answers.", "Look at the network.")
    (body,) = await bodies(platform, paused.id, Paused)
    assert body.problem.code == "model_unreachable"
    await resume_task(platform, TaskId(paused.id), by="me")
    assert (await advance(platform, TaskId(paused.id))).status is Status.COMPLETED


async def test_a_fault_of_ours_fails_the_task_as_internal(tmp_path: Path) -> None:
    view = await run(build_platform(tmp_path, ScriptedModel([ZeroDivisionError("oops")])))
    assert (view.status, view.reason) == (Status.FAILED, "internal")
    assert view.message == "ZeroDivisionError: oops"


async def test_another_process_takes_over_from_a_dead_one_and_pays_its_debts(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, GOOD)
    platform = build_platform(tmp_path, model, price=DEAR, budget_microusd=2_000_000)
    task_id = await submit(platform)
    await platform.owners.enter()
    epoch = await claim_task(platform, task_id)
    orphan = Reservation(id="orphan", worst_microusd=1234, epoch=epoch, model="m")
    assert await platform.journal.reserve(task_id, orphan)
    await platform.owners.leave()
    done = await advance(another_process(platform), task_id)
    assert done.status is Status.COMPLETED
    (settled,) = await bodies(platform, task_id, Attempted)
    assert (settled.charge.cost_microusd, settled.problem.code) == (1234, "orphaned")
    charged = [b.charge.cost_microusd for b in await bodies(platform, task_id, Completed) if b.charge]
    assert done.cost_microusd == 1234 + sum(charged)


async def test_cancelling_a_task_whose_process_died_pays_its_debts(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(), price=DEAR)
    task_id = await submit(platform)
    epoch = await claim_task(platform, task_id)
    await platform.journal.reserve(
        task_id, Reservation(id="orphan", worst_microusd=1234, epoch=epoch, model="m")
    )
    row = await cancel_task(another_process(platform), task_id, by="me")
    assert (row.status, row.spent_microusd, row.reserved_microusd) == (Status.CANCELLED, 1234, 0)


async def test_an_ended_task_holds_no_money_whatever_its_own_runner_left_open(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, ScriptedModel([ZeroDivisionError("oops")]), price=DEAR)
    task_id = await submit(platform)
    epoch = await claim_task(platform, task_id)
    left = Reservation(id="left", worst_microusd=1234, epoch=epoch, model="m")
    assert await platform.journal.reserve(task_id, left)
    row = await Advance(platform, task_id).run(epoch=epoch)
    assert (row.status, row.reserved_microusd) == (Status.FAILED, 0)
    charges = {
        b.charge.reservation_id: b.charge.cost_microusd for b in await bodies(platform, task_id, Attempted)
    }
    assert charges["left"] == 1234
    assert isinstance((await bodies(platform, task_id))[-1], Finished)


async def test_what_an_old_runners_sandbox_still_writes_does_not_reach_the_new_one(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, WAITS_FOR_GO), run_timeout_s=60.0)
    old = replace(platform, journal=cast("Journal", Stopped(platform.journal)))
    task_id = await submit(platform)
    leases = tmp_path / "data" / "workspaces" / task_id
    async with at_work(old, task_id) as stopped:
        theirs = await made_by(leases / "1")
        await platform.owners.leave()
        new = another_process(platform)
        async with at_work(new, task_id):
            ours = await made_by(leases / "2")
            assert ours != theirs
            (leases / "2" / "go").touch()
        view = await read_task(platform, task_id)
        assert view.status is Status.COMPLETED
        assert {ours} <= set(view.files) and theirs not in view.files
        stopped.pause()
    assert not leases.exists()


async def test_the_folder_of_a_lease_goes_with_it_and_all_of_them_with_the_task(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, SLEEPS), run_timeout_s=60.0)
    task_id = await submit(platform)
    leases = tmp_path / "data" / "workspaces" / task_id
    async with at_work(platform, task_id) as work:
        await reached(platform, task_id, "run", "exec")
        assert (leases / "1" / "main.py").exists()
        work.pause()
    assert not (leases / "1").exists()
    (leases / "0").mkdir(parents=True)
    await cancel_task(platform, task_id, by="me")
    assert not leases.exists()


async def test_a_runner_whose_task_was_taken_writes_nothing_more(tmp_path: Path) -> None:
    stubborn = Stubborn()
    platform = build_platform(tmp_path, MoodyModel([stubborn, saying("late")]), price=DEAR)
    task_id = await submit(platform)
    async with at_work(platform, task_id) as work:
        await stubborn.began.wait()
        await platform.journal.claim(task_id, OwnerId("them"), from_epoch=1)
        before = await platform.journal.events(task_id)
        work.pause()
    assert await platform.journal.events(task_id) == before


async def test_a_passing_failure_is_tried_again_without_anybody_noticing(tmp_path: Path) -> None:
    stumbles = failing(ModelUnreachable("Nobody answers."))
    model = MoodyModel([stumbles, saying(PLAN), saying(CHECKS), saying(GOOD)])
    platform = build_platform(tmp_path, model)
    platform = replace(platform, retry=replace(platform.retry, max_retries=1))
    view = await run(platform)
    assert view.status is Status.COMPLETED
    (attempt,) = await bodies(platform, view.id, Attempted)
    assert attempt.problem.code == "model_unreachable"


async def test_the_fallback_answers_at_its_own_price_under_its_own_name(tmp_path: Path) -> None:
    class Two:
        def open(self, name: str, profile: ModelProfile | None = None) -> MoodyModel:
            gone = [failing(ModelUnreachable("Gone."))] * 3
            return MoodyModel(gone if name.endswith("tests.jsonl") else [saying(PLAN)] * 3)

    platform = replace(build_platform(tmp_path, scripted(), price=DEAR), models=Two())
    view = await run(platform, use_sandbox=False, models={"fallback": "scripted/free.jsonl"})
    (charge, *_) = [b.charge for b in await bodies(platform, view.id, Completed) if b.charge]
    assert (charge.model, charge.cost_microusd) == ("scripted/free.jsonl", 0)
