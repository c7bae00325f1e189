"""A task as `GET /status/{task_id}` tells it: the latest code and its output, and every round."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from archon.api.schemas.isolation import Isolation, isolation, warnings
from archon.domain.money import to_usd
from archon.domain.task import Status
from archon.services.task_view import RoundView, TaskView


class Check(BaseModel):
    name: str
    passed: bool
    message: str = Field(description="What was found and what was expected; empty when it passed.")


class RefusedCheck(BaseModel):
    name: str
    reason: str


class AcceptanceChecks(BaseModel):
    """What decides whether the program does what was asked: written before any code."""

    program: str = Field(description="The whole of checks.py.")
    names: list[str] = Field(description="The checks that count.")
    demands: dict[str, str] = Field(description="Check → what it demands.")
    refused: list[RefusedCheck] = Field(description="Checks that an empty program passes.")


class Dispute(BaseModel):
    """A repairer's claim that a check contradicts the objective, and the ruling on it."""

    check: str
    reason: str
    upheld: bool
    ruling: str


class Round(BaseModel):
    """One version of the program and what came of it."""

    number: int
    code: dict[str, str] = Field(description="Path → text.")
    explanation: str = Field(description="The repairer's own words; empty for the first round.")
    diff: str = Field(description="What changed since the round before.")
    command: str
    output: str = Field(description="The same as stdout.")
    stdout: str
    stderr: str
    is_truncated: bool = Field(description="Whether output was dropped because there was too much.")
    exit_code: int | None
    checks: list[Check]
    passed: bool | None = Field(description="Null while the verdict is open.")
    error: str
    signature: str
    disputes: list[Dispute]
    model: str
    tokens: int
    cost_usd: float
    price_known: bool = Field(description="False when calls of unknown price are missing in `cost_usd`.")
    seconds: float


class TaskStatus(BaseModel):
    task_id: str
    status: Status
    objective: str
    round: int = Field(description="How many versions of the program there are so far.")
    max_rounds: int
    step: str = Field(description="The step it entered last, such as `repair.2`.")
    plan: str
    checks: AcceptanceChecks | None = Field(description="Null until they are written.")
    code: dict[str, str] = Field(description="The latest version of the program: path → text.")
    output: str = Field(description="What the latest run printed: the same as stdout.")
    stdout: str
    stderr: str
    exit_code: int | None
    error: str | None = Field(description="Why it is not done; null when it is, or while nothing failed.")
    reason: str = Field(description="A stable name for why it failed, paused or waits.")
    message: str
    hint: str = Field(description="What to do about it.")
    question: str | None = Field(description="What a person is asked, while the task waits.")
    question_id: int | None = Field(
        description="Which question that is: an answer names it. Null while nothing is asked."
    )
    question_options: list[str] = Field(description="What can be answered.")
    files: list[str] = Field(description="The delivered files, relative to output_path.")
    output_path: str | None
    rounds: list[Round]
    tokens: int
    cost_usd: float = Field(description="What is known; a call of unknown price is reported as 0.00.")
    budget_usd: float
    budget_used_usd: float = Field(
        description="What the budget counts: calls of unknown price too, at the dearest known price of "
        "their provider."
    )
    price_known: bool = Field(description="False when calls of unknown price are missing in `cost_usd`.")
    unpriced_tokens: int = Field(description="Tokens used, or counted as used, at an unknown price.")
    models: dict[str, str] = Field(description="Role → model.")
    isolation: Isolation | None
    warnings: list[str]
    created_at: datetime
    updated_at: datetime


def task_status(view: TaskView) -> TaskStatus:
    latest = view.latest
    found = isolation(view.spec.isolation)
    return TaskStatus(
        task_id=view.id,
        status=view.status,
        objective=view.spec.objective,
        round=len(view.rounds),
        max_rounds=view.spec.max_rounds,
        step=view.step,
        plan=view.plan,
        checks=AcceptanceChecks.model_validate(view.checks) if view.checks else None,
        code=latest.code if latest else {},
        output=latest.stdout if latest else "",
        stdout=latest.stdout if latest else "",
        stderr=latest.stderr if latest else "",
        exit_code=latest.exit_code if latest else None,
        error=view.error,
        reason=view.reason,
        message=view.message,
        hint=view.advice,
        question=view.question,
        question_id=view.question_id,
        question_options=view.question_options,
        files=view.files,
        output_path=view.output_path,
        rounds=[_round(each) for each in view.rounds],
        tokens=view.tokens,
        cost_usd=to_usd(view.cost_microusd),
        budget_usd=to_usd(view.limit_microusd),
        budget_used_usd=to_usd(view.counted_microusd),
        price_known=view.price_known,
        unpriced_tokens=view.unpriced_tokens,
        models={role: choice.name for role, choice in view.spec.models.items()},
        isolation=found,
        warnings=warnings(view.spec.use_sandbox, found),
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def _round(view: RoundView) -> Round:
    return Round(
        number=view.number,
        code=view.code,
        explanation=view.explanation,
        diff=view.diff,
        command=view.command,
        output=view.stdout,
        stdout=view.stdout,
        stderr=view.stderr,
        is_truncated=view.is_truncated,
        exit_code=view.exit_code,
        checks=[Check(**check) for check in view.checks],
        passed=view.passed,
        error=view.error,
        signature=view.signature,
        disputes=[Dispute(**dispute) for dispute in view.disputes],
        model=view.model,
        tokens=view.tokens,
        cost_usd=to_usd(view.cost_microusd),
        price_known=view.price_known,
        seconds=view.seconds,
    )
