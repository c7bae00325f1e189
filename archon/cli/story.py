"""A task's journal as lines that a person reads while it happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from archon.cli.safe_text import printable
from archon.cli.story_lines import (
    Line,
    answer_lines,
    attempt_lines,
    counted,
    diff_lines,
    headline_of,
    look_lines,
    next_attempt,
    plan_lines,
    run_lines,
    shorten,
    started_lines,
)
from archon.domain.events import (
    Answered,
    Attempted,
    Awaiting,
    CancelRequested,
    Charge,
    Completed,
    Diverged,
    Event,
    Failed,
    FellBack,
    Finished,
    Interrupted,
    Paused,
    Problem,
    ResumeRequested,
    Retrying,
    Started,
    Submitted,
    Waiting,
)
from archon.domain.money import to_usd
from archon.domain.task import ADVICE, TaskSpec
from archon.domain.values import Json
from archon.workflows.script.results import CheckResult, CodeResult, PlanResult, RepairResult, RunResult


class Story:
    """Turns events into lines, one event at a time, in order."""

    def __init__(self) -> None:
        self._steps: dict[str, str] = {}
        self._cost_microusd = 0
        self._is_price_known = True
        self._rounds = 0
        self._told = ""
        """The trouble that was told last, so that it is not told again by what it leads to."""
        self._hint = ""
        """What to do about it, if that was told with it."""

    def tell(self, event: Event) -> list[Line]:
        """The lines for one event; none for what is no news to a person."""
        return [Line(_indented(printable(line.text)), line.style) for line in self._tell(event)]

    def _tell(self, event: Event) -> Iterator[Line]:
        match event.body:
            case Submitted(spec=spec):
                yield from self._submitted(event, spec)
            case Started(effect="step", request={"name": str(name)}):
                self._steps[event.key] = name
                yield from headline_of(name)
            case Started(effect=effect, request=request):
                yield from started_lines(effect, request)
            case Completed(effect="step", result=result):
                yield from self._step_done(self._steps.get(event.key, ""), result)
            case Completed(result=result, charge=charge) if charge is not None:
                self._pay(charge)
                yield from look_lines(result)
            case Attempted(charge=charge, problem=problem):
                self._pay(charge)
                self._told, self._hint = problem.message, ""
                yield from attempt_lines(charge, problem)
            case FellBack(problem=problem):
                yield from next_attempt(event.body, is_why_told=problem.message == self._told)
            case Retrying() | Awaiting():
                yield from next_attempt(event.body)
            case _:
                yield from self._turn_of_events(event)

    def _turn_of_events(self, event: Event) -> Iterator[Line]:
        match event.body:
            case Failed(problem=problem) | Interrupted(problem=problem):
                if not self._is_told(problem.message):
                    self._hint = problem.hint
                    yield Line(f"  {problem.message} {problem.hint}".rstrip(), "bad")
            case Diverged():
                yield Line("  The record no longer applies from here on; it is done afresh.", "dim")
            case Waiting(question=question):
                number = f" (question {question['id']})" if "id" in question else ""
                yield Line(f"Waiting for you{number}: {question.get('text', '')}", "title")
            case Answered(by=by, answer=answer):
                yield from answer_lines(by, answer)
            case ResumeRequested(by=by):
                self._told = self._hint = ""
                yield Line(f"Resumed by {by}.", "dim")
            case CancelRequested(by=by):
                yield Line(f"Cancelled by {by}.", "dim")
            case Paused(problem=problem):
                yield self._paused(problem)
            case Finished():
                yield from self._finished(event.body)
            case _:
                return

    def _submitted(self, event: Event, spec: TaskSpec) -> Iterator[Line]:
        yield Line(f"Task {event.task_id}: {shorten(spec.objective)}", "title")
        if spec.mode == "rehearse":
            yield Line(f"  a rehearsal: the models' words come from the recording of {spec.source}", "dim")
        models = ", ".join(f"{role} {choice.name}" for role, choice in spec.models.items())
        yield Line(
            f"  {models}; at most {spec.max_rounds} runs and {to_usd(spec.budget_microusd):.2f} USD", "dim"
        )
        for role, choice in spec.models.items():
            if not choice.price.is_known:
                yield Line(
                    f"  the price of {choice.name} ({role}) is unknown: told as 0.00, and counted at its "
                    "provider's dearest",
                    "bad",
                )
        if not spec.use_sandbox:
            yield Line("  nothing will be executed, as asked", "bad")
        elif not spec.isolation.get("isolated", True):
            yield Line("  NOT ISOLATED: code runs without a sandbox, as ARCHON_UNSAFE_NO_SANDBOX says", "bad")

    def _step_done(self, name: str, result: Json) -> Iterator[Line]:
        match name.split(".")[0]:
            case "plan":
                yield from plan_lines(cast("PlanResult", result))
            case "draft":
                yield from self._code(cast("CodeResult", result))
            case "run":
                yield from run_lines(cast("RunResult", result))
            case "check":
                yield from self._check(cast("CheckResult", result))
            case "repair":
                yield from self._repair(cast("RepairResult", result))
            case _:
                return

    def _code(self, result: CodeResult) -> Iterator[Line]:
        self._rounds += 1
        files = ", ".join(
            f"{path} ({counted(len(text.splitlines()), 'line')})"
            for path, text in sorted(result["code"].items())
        )
        yield Line(f"  {files}")
        if "cut_off" in result:
            yield Line(f"  {result['cut_off']} What there is is judged as it stands.", "bad")

    def _check(self, result: CheckResult) -> Iterator[Line]:
        for check in result["checks"]:
            if check["passed"]:
                yield Line(f"  ✓ {check['name']}", "good")
            else:
                yield Line(f"  ✗ {check['name']}: {check['message']}", "bad")
        if not result["passed"] and not result["checks"]:
            # The whole of it was told with the run; of a traceback the last line says what it was.
            yield Line(f"  {shorten(result['error'].strip().rpartition(chr(10))[2], 300)}", "bad")
        yield Line(f"  {'passed' if result['passed'] else 'failed'}; {self._cost} so far", "dim")

    def _repair(self, result: RepairResult) -> Iterator[Line]:
        dispute = result["dispute"]
        if dispute is not None:
            yield Line(f"  disputed {dispute['check']}: {dispute['reason']}")
            verdict = "upheld" if dispute["upheld"] else "turned down"
            yield Line(f"  {verdict}: {dispute['ruling']}", "good" if dispute["upheld"] else "bad")
            yield from diff_lines(result["diff"])
            return
        if result["explanation"]:
            yield Line(f"  {shorten(result['explanation'], 300)}")
        yield from diff_lines(result["diff"])
        self._rounds += 1

    def _finished(self, finished: Finished) -> Iterator[Line]:
        runs = counted(self._rounds, "round")
        match finished.status:
            case "completed":
                yield Line(f"Done in {runs}, for {self._cost}. {finished.message}".rstrip(), "good")
            case "cancelled":
                yield Line(f"Cancelled after {runs}, for {self._cost}.", "bad")
            case "failed":
                why = self._why(finished.message)
                yield Line(f"Failed ({finished.reason}) after {runs}, for {self._cost}{why}", "bad")
                if finished.reason is not None:
                    yield Line(ADVICE[finished.reason], "dim")

    def _why(self, message: str) -> str:
        """An end's message, without the trouble that was told just before."""
        if self._told and message.startswith(self._told):
            return f". {message.removeprefix(self._told).strip()}".rstrip()
        return f": {message}"

    def _paused(self, problem: Problem) -> Line:
        if not self._is_told(problem.message):
            return Line(f"Paused: {problem.message} {problem.hint}".rstrip(), "bad")
        hint = "" if problem.hint == self._hint else problem.hint
        return Line(f"Paused ({problem.code}). {hint}".rstrip(), "bad")

    def _is_told(self, trouble: str) -> bool:
        """Whether that was the last trouble told; from now on it is."""
        was, self._told = self._told, trouble
        if trouble != was:
            self._hint = ""
        return trouble == was

    @property
    def _cost(self) -> str:
        unknown = "" if self._is_price_known else " and an unknown price"
        return f"{to_usd(self._cost_microusd):.4f} USD{unknown}"

    def _pay(self, charge: Charge) -> None:
        """A call of unknown price is told as nothing, and said to be unknown."""
        self._cost_microusd += charge.cost_microusd if charge.price_known else 0
        self._is_price_known &= charge.price_known


def _indented(text: str) -> str:
    """A text of several lines so that no line of it reads like one of the story's own."""
    return text.replace("\n", "\n    ")
