"""The view of a task in each of its states, and where its money went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import NotFound
from archon.domain.events import (
    Answered,
    Attempted,
    Body,
    Charge,
    Completed,
    Diverged,
    Draft,
    Finished,
    Paused,
    Problem,
    ResumeRequested,
    Started,
    Waiting,
)
from archon.domain.task import ADVICE, FailureReason, Status
from archon.domain.values import Json
from archon.engine.run import Run
from archon.services.read_task import view_of
from archon.services.task_view import TaskView
from archon.testing.manual_clock import ManualClock
from tests.builders.scopes import TASK, claimed

CHECKS: dict[str, Json] = {
    "program": "def check_a(result): ...",
    "names": ["check_a"],
    "demands": {"check_a": "A."},
    "refused": [],
}
RESULTS: dict[str, Json] = {
    "plan": {"text": "1. Do.\n2. Look.", "steps": ["Do.", "Look."], "checks": CHECKS},
    "draft": {"code": {"main.py": "print(1)\n"}},
    "run": {
        "command": "python main.py",
        "exit_code": 0,
        "stdout": "1\n",
        "stderr": "",
        "is_truncated": False,
        "timed_out": False,
        "out_of_memory": False,
        "duration_ms": 5,
    },
    "check": {
        "passed": False,
        "error": "check_a (A.): one\nmore",
        "signature": "check_a",
        "checks": [{"name": "check_a", "passed": False, "message": "one\nmore"}],
    },
    "repair": {
        "explanation": "It was wrong.",
        "code": {"main.py": "print(2)\n"},
        "diff": "-1\n+2\n",
        "dispute": None,
        "checks": None,
    },
}


class Story:
    """A task's journal, written by hand; each step takes a second."""

    def __init__(self, clock: ManualClock, journal: MemoryJournal, run: Run) -> None:
        self.clock, self.journal, self.run = clock, journal, run
        self.steps = 0

    async def tell(self, *bodies: Body) -> None:
        for body in bodies:
            await self.run.append(Draft(body=body))

    async def enter(self, name: str, *costs: int) -> None:
        """Begin a step, in which calls with these costs are made."""
        key = str(self.steps)
        await self.run.append(
            Draft(body=Started(effect="step", request={"name": name}), key=key, hash=f"h{key}")
        )
        for number, cost in enumerate(costs):
            charge = Charge(
                reservation_id="", cost_microusd=cost, model=f"m{cost}", input_tokens=10, output_tokens=cost
            )
            done = Completed(effect="model", result={}, charge=charge)
            await self.run.append(Draft(body=done, scope=name, key=f"{key}.{number}", hash="h"))

    async def leave(self, result: Json) -> None:
        key = str(self.steps)
        self.clock.advance(1)
        await self.run.append(Draft(body=Completed(effect="step", result=result), key=key, hash=f"h{key}"))
        self.steps += 1

    async def step(self, name: str, *costs: int) -> None:
        await self.enter(name, *costs)
        await self.leave(RESULTS[name.split(".")[0]])

    async def view(self) -> TaskView:
        return view_of(await self.journal.row(TASK), await self.journal.events(TASK))


@pytest.fixture
async def story() -> Story:
    clock = ManualClock()
    journal = MemoryJournal(clock)
    return Story(clock, journal, await claimed(journal))


async def told(story: Story, *steps: tuple[str, Sequence[int]]) -> TaskView:
    for name, costs in steps:
        await story.step(name, *costs)
    return await story.view()


async def test_a_task_that_has_just_begun_has_no_rounds(story: Story) -> None:
    view = await story.view()
    assert (view.status, view.step, view.rounds, view.error) == (Status.RUNNING, "", [], None)
    assert (view.limit_microusd, view.cost_microusd) == (500_000, 0)


async def test_each_step_adds_what_it_found(story: Story) -> None:
    view = await told(story, ("plan", [5, 3]), ("draft", [7]), ("run", []), ("check", []))
    assert view.plan_steps == ["Do.", "Look."]
    assert view.checks is not None and view.checks["names"] == ["check_a"]
    (only,) = view.rounds
    assert (only.code, only.stdout, only.exit_code) == ({"main.py": "print(1)\n"}, "1\n", 0)
    assert (only.passed, only.error, only.signature) == (False, "check_a (A.): one\nmore", "check_a")
    assert only.seconds == 3.0
    assert view.error == "check_a (A.): one\nmore", "while nothing else is wrong, the latest round is"
    assert [(m.agent, m.event, m.summary) for m in view.timeline[1::2]] == [
        ("planner", "completed", "2 steps, 1 acceptance checks"),
        ("coder", "completed", "main.py"),
        ("executor", "completed", "exit code 0"),
        ("checker", "completed", "check_a (A.): one"),
    ]
    assert view.timeline[1].at - view.timeline[0].at == timedelta(seconds=1)


async def test_money_and_tokens_go_to_the_round_whose_code_they_made(story: Story) -> None:
    failing: list[tuple[str, list[int]]] = [("run", []), ("check", [])]
    view = await told(
        story,
        ("plan", [5, 3]),
        ("draft", [7]),
        *failing,
        ("repair", [11, 13]),
        ("run.2", []),
        ("check.2", []),
    )
    assert [(r.number, r.cost_microusd, r.tokens, r.model) for r in view.rounds] == [
        (1, 7, 17, "m7"),
        (2, 24, 44, "m13"),
    ]
    assert (view.rounds[1].explanation, view.rounds[1].diff) == ("It was wrong.", "-1\n+2\n")
    assert {name: agent.cost_microusd for name, agent in view.agents.items()} == {
        "planner": 8,
        "coder": 7,
        "executor": 0,
        "checker": 0,
        "fixer": 24,
    }
    row = await story.journal.row(TASK)
    assert view.cost_microusd == row.spent_microusd == 39
    assert sum(agent.tokens for agent in view.agents.values()) == view.tokens == 89


async def test_a_disputes_money_goes_to_the_round_it_is_about(story: Story) -> None:
    await told(story, ("plan", []), ("draft", [7]), ("run", []), ("check", []))
    dispute: Json = {"check": "check_a", "reason": "r", "upheld": True, "ruling": "w"}
    await story.enter("repair", 11, 2)
    revised: Json = {**CHECKS, "names": []}
    repair = RESULTS["repair"]
    assert isinstance(repair, dict)
    await story.leave({**repair, "dispute": dispute, "checks": revised})
    view = await story.view()
    assert [(r.number, r.cost_microusd, r.disputes) for r in view.rounds] == [(1, 20, [dispute])]
    assert view.checks == revised
    assert view.timeline[-1].summary == "disputed check_a: upheld"


async def test_failed_attempts_count_and_an_orphan_counts_too(story: Story) -> None:
    await told(story, ("plan", []))
    problem = Problem(code="c", message="m")
    await story.enter("draft", 7)
    lost = Attempted(charge=Charge(reservation_id="", cost_microusd=100, model="m"), problem=problem)
    await story.run.append(Draft(body=lost, scope="draft:0"))
    guessed = Charge(reservation_id="", cost_microusd=1000, model="m", price_known=False)
    await story.run.append(Draft(body=Attempted(charge=guessed, problem=problem)))
    view = await story.view()
    assert view.rounds[0].cost_microusd == 107
    assert view.cost_microusd == sum(a.cost_microusd for a in view.agents.values()) == 107
    assert (view.counted_microusd, view.price_known) == (1107, False)
    unknown = view.agents["unknown"]
    assert (unknown.cost_microusd, unknown.price_known) == (0, False)


async def test_voided_steps_are_gone_but_their_money_is_not(story: Story) -> None:
    await told(story, ("plan", [5]), ("draft", [7]))
    await story.run.append(Draft(body=Diverged(), key="1"))
    story.steps = 1
    view = await told(story, ("draft", [9]))
    assert [(r.number, r.cost_microusd) for r in view.rounds] == [(1, 16)]
    assert view.cost_microusd == 21


async def test_a_waiting_task_shows_its_question_until_it_is_answered(story: Story) -> None:
    await story.tell(Waiting(question={"topic": "budget", "text": "More?", "options": []}))
    view = await story.view()
    assert (view.status, view.reason, view.question) == (Status.WAITING, "budget", "More?")
    await story.journal.append(
        TASK,
        [Draft(body=Answered(answer={}, by="me", limit_microusd=900_000), key="9", hash="h")],
        epoch=0,
    )
    view = await story.view()
    assert (view.status, view.question, view.error, view.limit_microusd) == (
        Status.QUEUED,
        None,
        None,
        900_000,
    )


async def test_a_paused_task_says_why_and_what_to_do_until_it_goes_on(story: Story) -> None:
    await story.tell(Paused(problem=Problem(code="c", message="No key.", hint="Set it.")))
    view = await story.view()
    assert (view.status, view.reason, view.error, view.advice) == (Status.PAUSED, "c", "No key.", "Set it.")
    await story.journal.append(TASK, [Draft(body=ResumeRequested(by="me"))], epoch=0)
    view = await story.view()
    assert (view.status, view.error, view.advice) == (Status.QUEUED, None, "")


@pytest.mark.parametrize("reason", FailureReason)
async def test_a_failed_task_says_why_and_what_to_do(story: Story, reason: FailureReason) -> None:
    await story.tell(Finished(status="failed", reason=reason, message="It did not work."))
    view = await story.view()
    assert (view.status, view.reason, view.error) == (Status.FAILED, reason, "It did not work.")
    assert view.advice == ADVICE[reason]


async def test_a_completed_task_has_no_error_whatever_its_rounds_said(story: Story) -> None:
    await told(story, ("plan", []), ("draft", []), ("run", []), ("check", []))
    delivered = Completed(effect="deliver", result={"path": "/out/x", "files": ["main.py"]})
    await story.run.append(Draft(body=delivered, scope="deliver", key="9.0", hash="h"))
    await story.tell(Finished(status="completed"))
    view = await story.view()
    assert (view.status, view.error, view.files, view.output_path) == (
        Status.COMPLETED,
        None,
        ["main.py"],
        "/out/x",
    )


async def test_a_cancelled_task_shows_how_far_it_came(story: Story) -> None:
    await told(story, ("plan", []), ("draft", []))
    await story.enter("run")
    await story.tell(Finished(status="cancelled"))
    view = await story.view()
    assert (view.status, len(view.rounds), view.rounds[0].exit_code) == (Status.CANCELLED, 1, None)
    assert not view.agents["executor"].is_done


async def test_a_journal_without_a_beginning_is_damaged(story: Story) -> None:
    row = await story.journal.row(TASK)
    with pytest.raises(NotFound, match="damaged"):
        view_of(row, (await story.journal.events(TASK))[1:])
