"""A task as people see it: a reading of its journal, the same for every door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from archon.domain.task import Status, TaskSpec
from archon.workflows.script.results import ChecksResult, DisputeResult, VerdictResult


@dataclass(slots=True, kw_only=True)
class RoundView:
    """One version of the program and what came of it."""

    number: int
    started_at: datetime
    code: dict[str, str] = field(default_factory=dict)
    explanation: str = ""
    diff: str = ""
    """What changed since the round before; empty for the first."""
    command: str = ""
    exit_code: int | None = None
    stdout: str = ""
    stderr: str = ""
    is_truncated: bool = False
    checks: list[VerdictResult] = field(default_factory=list)
    passed: bool | None = None
    """None while the verdict is open."""
    error: str = ""
    signature: str = ""
    disputes: list[DisputeResult] = field(default_factory=list)
    model: str = ""
    tokens: int = 0
    cost_microusd: int = 0
    """Without its calls of unknown price."""
    price_known: bool = True
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class AgentView:
    """What one agent did in a task."""

    name: str
    is_done: bool = False
    tokens: int = 0
    cost_microusd: int = 0
    """Without its calls of unknown price."""
    price_known: bool = True
    files: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of a task's story."""

    at: datetime
    agent: str
    event: str
    summary: str


@dataclass(slots=True, kw_only=True)
class TaskView:
    id: str
    spec: TaskSpec
    status: Status
    created_at: datetime
    updated_at: datetime
    reason: str = ""
    message: str = ""
    advice: str = ""
    question: str | None = None
    question_id: int | None = None
    """The number of the event that asks it; an answer names it."""
    question_options: list[str] = field(default_factory=list)
    step: str = ""
    plan: str = ""
    plan_steps: list[str] = field(default_factory=list)
    checks: ChecksResult | None = None
    rounds: list[RoundView] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    output_path: str | None = None
    tokens: int = 0
    cost_microusd: int = 0
    """What is known: calls of unknown price are reported as nothing."""
    counted_microusd: int = 0
    """What the budget counts: those calls too, at the dearest known price of their provider."""
    unpriced_tokens: int = 0
    limit_microusd: int = 0
    price_known: bool = True
    agents: dict[str, AgentView] = field(default_factory=dict)
    timeline: list[Moment] = field(default_factory=list)

    @property
    def latest(self) -> RoundView | None:
        return self.rounds[-1] if self.rounds else None

    @property
    def error(self) -> str | None:
        """Why the task is not done: its own end first, else the latest round's failure."""
        if self.status is Status.COMPLETED:
            return None
        latest = self.latest.error if self.latest else ""
        return self.message or latest or None
