"""Reads a task's journal into what people see of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from archon.domain.errors import NotFound
from archon.domain.events import (
    Answered,
    Attempted,
    Awaiting,
    Body,
    Charge,
    Claimed,
    Completed,
    Event,
    FellBack,
    Finished,
    Paused,
    ResumeRequested,
    Retrying,
    Started,
    Submitted,
    Waiting,
)
from archon.domain.row import TaskRow
from archon.domain.task import ADVICE
from archon.domain.values import Json, JsonObject, TaskId
from archon.engine.history import live
from archon.services.answer_question import how_to_answer
from archon.services.look_at_tasks import look_at_task, story_of_death
from archon.services.platform import Platform
from archon.services.task_view import AgentView, Moment, RoundView, TaskView
from archon.workflows.script.results import (
    CheckResult,
    CodeResult,
    PlanResult,
    RepairResult,
    RunResult,
    headline,
)

AGENT_OF_STEP = {
    "plan": "planner",
    "draft": "coder",
    "run": "executor",
    "check": "checker",
    "repair": "fixer",
    "deliver": "executor",
}

UNKNOWN = "unknown"
"""Whose the calls are that a runner made and died in."""


async def read_task(platform: Platform, task_id: TaskId) -> TaskView:
    """Raises: NotFound."""
    row = await look_at_task(platform, task_id)
    view = view_of(row, await platform.journal.events(task_id))
    if death := story_of_death(row):
        view.message, view.advice = death.message, death.hint
    return view


def view_of(row: TaskRow, events: Sequence[Event]) -> TaskView:
    """The view that a journal adds up to. Money counts everything, all else what still holds."""
    first = events[0].body if events else None
    if not isinstance(first, Submitted):
        raise NotFound(f"The task {row.id} has no beginning.", hint="Its journal is damaged.")
    reading = _Reading(
        TaskView(
            id=row.id,
            spec=first.spec,
            status=row.status,
            reason=row.reason,
            created_at=row.created_at,
            updated_at=row.updated_at,
            step=row.step,
            cost_microusd=row.cost_microusd,
            counted_microusd=row.spent_microusd,
            unpriced_tokens=row.unpriced_tokens,
            limit_microusd=row.limit_microusd,
        )
    )
    for event in live(events):
        reading.take_in(event)
    for event in events:
        if isinstance(event.body, Completed | Attempted) and event.body.charge is not None:
            reading.charge(event.scope, event.body.charge)
    return reading.view


class _Reading:
    """A view in the making."""

    def __init__(self, view: TaskView) -> None:
        self.view = view
        self._steps: dict[str, str] = {}
        """Key of a step → its name, such as `repair.2`."""
        self._entered_at: dict[str, datetime] = {}
        self._rounds: dict[str, RoundView] = {}
        """Name of a step → the round whose code it made or tried."""
        self._asked: int | None = None
        """The number of the latest event that asks something."""

    def take_in(self, event: Event) -> None:
        match event.body:
            case Started(effect="step", request={"name": str(name)}):
                self._enter(event, name)
            case Completed(effect="model"):
                self.view.message, self.view.advice = "", ""
            case Completed(effect="step", result=result):
                self._leave(event, self._steps.get(event.key, ""), result)
            case Completed(effect="deliver", result={"path": str(path), "files": list(files)}):
                self.view.output_path, self.view.files = path, [str(file) for file in files]
            case Started(effect="question"):
                self._asked = event.seq
            case Retrying() | FellBack() | Awaiting():
                self._hold_up(event, event.body)
            case _:
                self._stand(event.body)

    def _stand(self, body: Body) -> None:
        """How the task stands: it waits, is paused, goes on, has ended."""
        match body:
            case Waiting(question=question):
                self._wait(question)
            case Paused(problem=problem):
                self.view.message, self.view.advice = problem.message, problem.hint
            case Answered() | ResumeRequested() | Claimed():
                self.view.message, self.view.advice = "", ""
                self._wait_no_more()
            case Finished(reason=reason, message=message):
                self._wait_no_more()
                self.view.message = message
                self.view.advice = ADVICE[reason] if reason else ""
            case _:
                return

    def _wait(self, question: JsonObject) -> None:
        """A question is told, with how to answer it, until it is answered."""
        self.view.question = self.view.message = str(question.get("text", ""))
        self.view.question_id = self._asked
        options = question.get("options")
        self.view.question_options = [*map(str, options)] if isinstance(options, list) else []
        answering = how_to_answer(self.view.id, str(question.get("topic", "")), self._asked)
        self.view.advice = f"Answer with: {answering}"

    def _wait_no_more(self) -> None:
        self.view.question, self.view.question_id, self.view.question_options = None, None, []

    def _hold_up(self, event: Event, news: Retrying | FellBack | Awaiting) -> None:
        """A call that does not come through is told as long as it lasts."""
        if isinstance(news, Awaiting):
            self.view.message, self.view.advice = f"{news.model}: waiting for {news.place}", ""
        elif isinstance(news, FellBack):
            then = f"{news.fallback} is asked in its place."
            self.view.message = f"{news.model}: {news.problem.message} {then}"
            self.view.advice = news.problem.hint
        else:
            at = event.at + timedelta(seconds=news.wait_s)
            then = f"It is asked again at {at:%H:%M:%S} UTC (retry {news.retry} of {news.max_retries})."
            self.view.message = f"{news.model}: {news.problem.message} {then}"
            self.view.advice = news.problem.hint
        self._tell(event, event.scope.split("/")[0].split(":")[0], news.kind, self.view.message)

    def charge(self, scope: str, charge: Charge) -> None:
        step = scope.split("/")[0].split(":")[0]
        tokens = (
            charge.input_tokens + charge.output_tokens + charge.cache_read_tokens + charge.cache_write_tokens
        )
        cost = charge.cost_microusd if charge.price_known else 0
        self.view.tokens += tokens
        self.view.price_known &= charge.price_known
        agent = self._agent(step or UNKNOWN)
        agent.tokens += tokens
        agent.cost_microusd += cost
        agent.price_known &= charge.price_known
        round_ = self._rounds.get(step)
        if round_ is not None:
            round_.tokens += tokens
            round_.cost_microusd += cost
            round_.price_known &= charge.price_known
            round_.model = charge.model

    def _enter(self, event: Event, name: str) -> None:
        self._steps[event.key] = name
        self._entered_at[name] = event.at
        if _kind(name) == "draft":
            self._open_round(name, event.at)
        elif self.view.latest is not None and _kind(name) != "repair":
            self._rounds[name] = self.view.latest
        self._agent(name).is_done = False
        self._tell(event, name, "started", "")

    def _leave(self, event: Event, name: str, result: Json) -> None:
        match _kind(name):
            case "plan":
                summary = self._planned(cast("PlanResult", result))
            case "draft":
                summary = self._drafted(name, cast("CodeResult", result))
            case "run":
                summary = self._ran(cast("RunResult", result))
            case "check":
                summary = self._checked(event, cast("CheckResult", result))
            case "repair":
                summary = self._repaired(name, cast("RepairResult", result))
            case _:
                summary = ""
        self._agent(name).is_done = True
        self._tell(event, name, "completed", summary)

    def _planned(self, result: PlanResult) -> str:
        self.view.plan, self.view.plan_steps = result["text"], result["steps"]
        self.view.checks = result["checks"]
        return f"{len(result['steps'])} steps, {len(result['checks']['names'])} acceptance checks"

    def _drafted(self, name: str, result: CodeResult) -> str:
        self._rounds[name].code = result["code"]
        self._rounds[name].explanation = result.get("cut_off", "")
        self._agent(name).files = sorted(result["code"])
        return ", ".join(sorted(result["code"]))

    def _ran(self, result: RunResult) -> str:
        round_ = self.view.rounds[-1]
        round_.command = result["command"]
        round_.exit_code = result["exit_code"]
        round_.stdout, round_.stderr = result["stdout"], result["stderr"]
        round_.is_truncated = result["is_truncated"]
        return f"exit code {result['exit_code']}"

    def _checked(self, event: Event, result: CheckResult) -> str:
        round_ = self.view.rounds[-1]
        round_.checks, round_.passed = result["checks"], result["passed"]
        round_.error, round_.signature = result["error"], result["signature"]
        round_.seconds = round((event.at - round_.started_at).total_seconds(), 3)
        return "passed" if result["passed"] else headline(result)

    def _repaired(self, name: str, result: RepairResult) -> str:
        dispute = result["dispute"]
        if dispute is not None:
            self._rounds[name] = self.view.rounds[-1]
            self.view.rounds[-1].disputes.append(dispute)
            self.view.checks = result["checks"] or self.view.checks
            return f"disputed {dispute['check']}: {'upheld' if dispute['upheld'] else 'turned down'}"
        round_ = self._open_round(name, self._entered_at[name])
        round_.code, round_.diff = result["code"], result["diff"]
        round_.explanation = result["explanation"]
        self._agent(name).files = sorted(result["code"])
        return result["explanation"]

    def _open_round(self, name: str, at: datetime) -> RoundView:
        round_ = RoundView(number=len(self.view.rounds) + 1, started_at=at)
        self.view.rounds.append(round_)
        self._rounds[name] = round_
        return round_

    def _agent(self, step: str) -> AgentView:
        name = AGENT_OF_STEP.get(_kind(step), _kind(step))
        return self.view.agents.setdefault(name, AgentView(name=name))

    def _tell(self, event: Event, step: str, what: str, summary: str) -> None:
        agent = AGENT_OF_STEP.get(_kind(step), _kind(step))
        self.view.timeline.append(Moment(at=event.at, agent=agent, event=what, summary=summary))


def _kind(step: str) -> str:
    """The step's name without its visit number."""
    return step.split(".")[0]
