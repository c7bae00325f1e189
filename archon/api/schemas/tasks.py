"""A task as `/tasks` tells it: who did what, and what came of it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from archon.api.schemas.isolation import Isolation, isolation, warnings
from archon.domain.money import to_usd
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.services.read_task import AGENT_OF_STEP
from archon.services.task_view import AgentView, Moment, TaskView


class AgentStats(BaseModel):
    status: str = Field(description="`completed`, or the task's own status while the agent is not done.")
    cost_usd: float
    price_known: bool = Field(description="False when calls of unknown price are missing in the cost.")
    tokens: int
    files: list[str]


class TimelineEntry(BaseModel):
    ts: datetime
    agent: str
    event: str = Field(examples=["completed"])
    summary: str


class Task(BaseModel):
    task_id: str
    status: Status
    task_description: str
    current_agent: str | None = Field(description="Null when nobody works on it.")
    pipeline: list[str] = Field(description="The agents of the task's workflow, in their order.")
    iteration: int = Field(description="How many versions of the program there are so far.")
    max_iterations: int
    artifacts: dict[str, str] = Field(description="Path → text of the latest version.")
    agent_stats: dict[str, AgentStats]
    agent_timeline: list[TimelineEntry]
    pr_url: str | None = None
    demo_url: str | None = None
    needs_human_input: bool
    human_input_prompt: str | None
    question_id: int | None = Field(
        description="Which question that is: an answer names it. Null while nothing is asked."
    )
    question_options: list[str] = Field(description="What can be answered.")
    total_cost_usd: float = Field(description="What is known; calls of unknown price are reported as 0.00.")
    price_known: bool = Field(description="False when calls of unknown price are missing in the cost.")
    budget_usd: float
    output_path: str | None
    use_sandbox: bool
    message: str = Field(description="How it ended, or why it does not go on.")
    error: str | None
    reason: str
    hint: str
    isolation: Isolation | None
    warnings: list[str]
    created_at: datetime
    updated_at: datetime


class TaskSummary(BaseModel):
    """A line of the list of tasks."""

    task_id: str
    status: Status
    task_description: str
    current_agent: str | None
    reason: str
    total_cost_usd: float = Field(description="What is known; calls of unknown price are reported as 0.00.")
    price_known: bool = Field(description="False when calls of unknown price are missing in the cost.")
    created_at: datetime
    updated_at: datetime


def task(view: TaskView) -> Task:
    found = isolation(view.spec.isolation)
    return Task(
        task_id=view.id,
        status=view.status,
        task_description=view.spec.objective,
        current_agent=_current_agent(view.status, view.step),
        pipeline=_pipeline(executes=view.spec.use_sandbox),
        iteration=len(view.rounds),
        max_iterations=view.spec.max_rounds,
        artifacts=view.latest.code if view.latest else {},
        agent_stats={name: _stats(agent, view.status) for name, agent in view.agents.items()},
        agent_timeline=[_entry(moment) for moment in view.timeline],
        needs_human_input=view.question is not None,
        human_input_prompt=view.question,
        question_id=view.question_id,
        question_options=view.question_options,
        total_cost_usd=to_usd(view.cost_microusd),
        price_known=view.price_known,
        budget_usd=to_usd(view.limit_microusd),
        output_path=view.output_path,
        use_sandbox=view.spec.use_sandbox,
        message=view.message,
        error=view.error,
        reason=view.reason,
        hint=view.advice,
        isolation=found,
        warnings=warnings(view.spec.use_sandbox, found),
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def task_summary(row: TaskRow) -> TaskSummary:
    return TaskSummary(
        task_id=row.id,
        status=row.status,
        task_description=row.objective,
        current_agent=_current_agent(row.status, row.step),
        reason=row.reason,
        total_cost_usd=to_usd(row.cost_microusd),
        price_known=row.price_known,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _current_agent(status: Status, step: str) -> str | None:
    return AGENT_OF_STEP.get(step.split(".")[0]) if status is Status.RUNNING else None


def _pipeline(*, executes: bool) -> list[str]:
    steps = AGENT_OF_STEP if executes else ("plan", "draft", "deliver")
    return list(dict.fromkeys(AGENT_OF_STEP[step] for step in steps))


def _stats(agent: AgentView, status: Status) -> AgentStats:
    return AgentStats(
        status="completed" if agent.is_done else status,
        cost_usd=to_usd(agent.cost_microusd),
        price_known=agent.price_known,
        tokens=agent.tokens,
        files=agent.files,
    )


def _entry(moment: Moment) -> TimelineEntry:
    return TimelineEntry(ts=moment.at, agent=moment.agent, event=moment.event, summary=moment.summary)
