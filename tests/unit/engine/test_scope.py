"""Scopes: numbered effects, recorded outcomes, questions that wait, and stops that say what they left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import ConfigurationError, LeaseLost, ModelUnreachable
from archon.domain.events import (
    Answered,
    CancelRequested,
    Completed,
    Diverged,
    Draft,
    Event,
    Failed,
    Interrupted,
    Problem,
    Started,
)
from archon.domain.task import Question
from archon.domain.values import OwnerId
from archon.engine.history import format_key, live
from archon.engine.outcomes import Halted, Parked, Performed, Refusal
from archon.engine.scope import Scope
from archon.testing.manual_clock import ManualClock
from tests.builders.scopes import TASK, opened

QUESTION = Question(topic="budget", text="More money?", options=("yes", "no"), target="0.50 USD")


@dataclass
class World:
    """Counts what is done to it."""

    done: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def act(self) -> Performed:
        self.done.append("act")
        return Performed(result="done")

    async def act_slowly(self) -> Performed:
        self.begun.set()
        await self.may_end.wait()
        return await self.act()

    async def refuse(self) -> Performed:
        self.done.append("refuse")
        raise Refusal(Problem(code="no", message="No."))

    async def break_down(self) -> Performed:
        raise ModelUnreachable("Nobody there.", hint="Look at the network.")


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal(ManualClock())


@pytest.fixture
def world() -> World:
    return World()


async def written(journal: MemoryJournal) -> list[Event]:
    return [event for event in await journal.events(TASK) if event.key]


async def kinds(journal: MemoryJournal) -> list[str]:
    return [event.body.kind for event in await written(journal)]


async def test_two_users_of_one_scope_at_once_are_told_so(journal: MemoryJournal, world: World) -> None:
    scope = await opened(journal)
    first = asyncio.create_task(scope.effect("exec", "a", world.act_slowly))
    await world.begun.wait()
    with pytest.raises(RuntimeError, match="give each its own child"):
        await scope.effect("exec", "b", world.act)
    world.may_end.set()
    assert (await first).result == "done"
    assert (await scope.effect("exec", "b", world.act)).result == "done"


async def test_children_of_a_scope_count_for_themselves(journal: MemoryJournal, world: World) -> None:
    scope = await opened(journal)
    async with scope.child("front") as front:
        await front.effect("exec", "a", world.act)
    async with scope.child("front") as again:
        await again.effect("exec", "a", world.act)
    started = [e for e in await written(journal) if isinstance(e.body, Started)]
    assert [(e.scope, e.key) for e in started] == [("front", "0.0"), ("front.2", "1.0")]


async def test_a_question_parks_and_its_answer_completes_it(journal: MemoryJournal) -> None:
    with pytest.raises(Parked) as parked:
        await (await opened(journal)).ask(QUESTION)
    assert parked.value.question == QUESTION
    with pytest.raises(Parked):
        await (await opened(journal)).ask(QUESTION)
    (asked,) = await written(journal)
    answer = Answered(answer={"max_budget_usd": 1}, by="me")
    await journal.append(
        TASK, [Draft(body=answer, scope=asked.scope, key=asked.key, hash=asked.hash)], epoch=0
    )
    scope = await opened(journal)
    assert await scope.ask(QUESTION) == {"max_budget_usd": 1}
    assert await kinds(journal) == ["started", "answered", "completed"]
    assert await (await opened(journal)).ask(QUESTION) == {"max_budget_usd": 1}
    assert await kinds(journal) == ["started", "answered", "completed"]


async def test_the_answer_to_another_question_answers_nothing(journal: MemoryJournal) -> None:
    with pytest.raises(Parked):
        await (await opened(journal)).ask(QUESTION)
    (asked,) = await written(journal)
    answer = Answered(answer={"max_budget_usd": 1}, by="me")
    await journal.append(
        TASK, [Draft(body=answer, scope=asked.scope, key=asked.key, hash=asked.hash)], epoch=0
    )
    other = Question(topic="budget", text="Even more?", options=("yes",), target="0.90 USD")
    with pytest.raises(Parked):
        await (await opened(journal)).ask(other)
    assert "diverged" in await kinds(journal)


async def test_a_refusal_is_said_again_without_asking_the_world_again(
    journal: MemoryJournal, world: World
) -> None:
    for _ in range(2):
        with pytest.raises(Refusal, match=r"No\."):
            await (await opened(journal)).effect("exec", "a", world.refuse)
    assert world.done == ["refuse"]


async def test_what_broke_on_the_way_is_interrupted_and_done_again(
    journal: MemoryJournal, world: World
) -> None:
    with pytest.raises(ModelUnreachable):
        await (await opened(journal)).effect("exec", "a", world.break_down)
    interrupted = (await written(journal))[-1].body
    assert isinstance(interrupted, Interrupted)
    assert interrupted.problem == Problem(
        code="model_unreachable", message="Nobody there.", hint="Look at the network."
    )
    assert (await (await opened(journal)).effect("exec", "a", world.act)).result == "done"
    assert await kinds(journal) == ["started", "interrupted", "started", "completed"]
    await (await opened(journal)).effect("exec", "a", world.act)
    assert world.done == ["act"]


async def begun(scope: Scope, world: World) -> asyncio.Task[Completed]:
    """An effect in the middle of what it does."""
    work = asyncio.create_task(scope.effect("exec", "a", world.act_slowly))
    await world.begun.wait()
    return work


async def stopped(work: asyncio.Task[Completed]) -> None:
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_a_pause_interrupts_and_the_effect_is_done_again(journal: MemoryJournal, world: World) -> None:
    scope = await opened(journal)
    work = await begun(scope, world)
    scope.run.stop = "pause"
    await stopped(work)
    assert (await written(journal))[-1].body == Interrupted(
        effect="exec",
        problem=Problem(code="paused", message="Stopped while it ran; it is done again on resume."),
    )
    assert (await (await opened(journal)).effect("exec", "a", world.act)).result == "done"


async def test_a_cancelled_effect_has_failed_for_good(journal: MemoryJournal, world: World) -> None:
    scope = await opened(journal)
    work = await begun(scope, world)
    await journal.append(TASK, [Draft(body=CancelRequested(by="me"))], epoch=0)
    await scope.run.catch_up()
    assert scope.run.stop == "cancel"
    await stopped(work)
    last = (await written(journal))[-1].body
    assert isinstance(last, Failed) and last.problem.code == "cancelled"


async def test_a_run_that_is_to_stop_begins_nothing(journal: MemoryJournal, world: World) -> None:
    scope = await opened(journal)
    await journal.append(TASK, [Draft(body=CancelRequested(by="me"))], epoch=0)
    await scope.run.catch_up()
    with pytest.raises(Halted):
        await scope.effect("exec", "a", world.act)
    assert (world.done, await kinds(journal)) == ([], [])


async def test_without_its_lease_a_runner_starts_nothing_and_writes_nothing(
    journal: MemoryJournal, world: World
) -> None:
    scope = await opened(journal)
    await journal.claim(TASK, OwnerId("them"), from_epoch=1)
    before = len(await journal.events(TASK))
    with pytest.raises(LeaseLost):
        await scope.effect("exec", "a", world.act)
    assert world.done == []
    assert len(await journal.events(TASK)) == before


async def test_what_was_done_when_the_lease_was_lost_is_not_written(
    journal: MemoryJournal, world: World
) -> None:
    scope = await opened(journal)
    work = asyncio.create_task(scope.effect("exec", "a", world.act_slowly))
    await world.begun.wait()
    await journal.claim(TASK, OwnerId("them"), from_epoch=1)
    world.may_end.set()
    with pytest.raises(LeaseLost):
        await work
    assert await kinds(journal) == ["started"]


async def test_a_stop_at_the_moment_of_success_loses_no_result(world: World) -> None:
    journal = SlowJournal(ManualClock())
    scope = await opened(journal)
    work = asyncio.create_task(scope.effect("exec", "a", world.act))
    await journal.is_completing.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    journal.may_go_on.set()
    await journal.wait(TASK, after=3, timeout_s=5)
    assert await kinds(journal) == ["started", "completed"]


class SlowJournal(MemoryJournal):
    """Waits before it writes a completed effect."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.is_completing, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def append(self, task_id, drafts, **more):  # type: ignore[no-untyped-def]
        if any(isinstance(draft.body, Completed) for draft in drafts):
            self.is_completing.set()
            await self.may_go_on.wait()
        return await super().append(task_id, drafts, **more)


async def test_effects_that_change_nothing_outside_need_no_fence(
    journal: MemoryJournal, world: World
) -> None:
    scope = await opened(journal)
    await scope.effect("clock", None, world.act)
    await scope.effect("id", None, world.act)
    assert await kinds(journal) == ["completed", "completed"]


@pytest.mark.parametrize(("repeat", "renewals"), [("safe", 0), ("probe", 1), ("ask", 1)])
async def test_an_effect_outside_begins_with_the_whole_lease_ahead(
    journal: MemoryJournal, world: World, repeat: str, renewals: int
) -> None:
    scope = await opened(journal)
    renewed: list[str] = []

    async def renew() -> None:
        renewed.append("lease")
        assert not await written(journal), "before the fence"

    scope.run.renew = renew
    await scope.effect("deliver", "a", world.act, repeat=repeat)  # type: ignore[arg-type]
    assert len(renewed) == renewals
    fence = (await written(journal))[0].body
    assert isinstance(fence, Started) and fence.repeat == repeat


async def test_a_new_request_voids_what_followed_and_money_alone_still_sees_it(
    journal: MemoryJournal, world: World
) -> None:
    scope = await opened(journal)
    for request in ("a", "b", "c"):
        await scope.effect("exec", request, world.act)
    again = await opened(journal)
    await again.effect("exec", "a", world.act)
    await again.effect("exec", "other", world.act)
    events = await journal.events(TASK)
    assert world.done == ["act"] * 4
    assert [e.key for e in events if isinstance(e.body, Diverged)] == ["1"]
    held = [(e.key, e.body.kind) for e in live(events) if e.key]
    assert held == [("0", "started"), ("0", "completed"), ("1", "started"), ("1", "completed")]
    assert len([e for e in events if isinstance(e.body, Completed)]) == 4, "nothing is ever taken away"


async def test_a_divergence_voids_the_results_of_the_steps_around_it(
    journal: MemoryJournal, world: World
) -> None:
    async def body(request: str, scope: Scope) -> str:
        await scope.effect("exec", request, world.act)
        return "step"

    scope = await opened(journal)
    await scope.step("one", "inputs", lambda inner: body("a", inner))
    await scope.step("two", None, lambda inner: body("b", inner))
    again = await opened(journal)
    assert await again.step("one", "other inputs", lambda inner: body("a", inner)) == "step"
    assert world.done == ["act"] * 3
    assert [e.scope for e in live(await journal.events(TASK)) if isinstance(e.body, Completed)] == ["one", ""]


async def test_the_lines_of_another_world_do_not_count(journal: MemoryJournal, world: World) -> None:
    """The same command after a different past is another effect."""
    scope = await opened(journal)
    await scope.effect("exec", "write", world.act)
    await scope.effect("exec", "run", world.act)

    async def other() -> Performed:
        return Performed(result="something else")

    again = await opened(journal)
    await again.effect("exec", "write it differently", other)
    await again.effect("exec", "run", world.act)
    assert world.done == ["act"] * 3


async def test_interrupted_tries_and_replaced_starts_no_longer_hold(
    journal: MemoryJournal, world: World
) -> None:
    for _ in range(2):
        with pytest.raises(ModelUnreachable):
            await (await opened(journal)).effect("exec", "a", world.break_down)
    scope = await opened(journal)
    assert scope.run.history.get((0,)) is not None
    held = [e for e in live(await journal.events(TASK)) if e.key]
    assert [(e.key, e.body.kind) for e in held] == [(format_key((0,)), "started")]
    assert held[0].seq == max(e.seq for e in await written(journal) if isinstance(e.body, Started))


async def test_only_a_platform_failure_is_interrupted_and_a_fault_of_ours_leaves_just_its_start(
    journal: MemoryJournal,
) -> None:
    async def fault() -> Performed:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await (await opened(journal)).effect("exec", "a", fault)
    assert await kinds(journal) == ["started"]

    async def configuration() -> Performed:
        raise ConfigurationError("Full.")

    with pytest.raises(ConfigurationError):
        await (await opened(journal)).effect("exec", "a", configuration)
    assert await kinds(journal) == ["started", "started", "interrupted"]
