"""The server's health and the part of its configuration that is no secret."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, Field

from archon.api.schemas.isolation import Isolation, isolation, warnings
from archon.domain.money import to_usd
from archon.domain.reach import State
from archon.services.check_health import Health
from archon.services.listing.register import ListedModel
from archon.services.platform import Limits


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class HealthProblem(BaseModel):
    code: str
    message: str
    hint: str


class HealthModel(BaseModel):
    """The same as a line of `archon models`."""

    model: str
    roles: list[str]
    state: State
    context_tokens: int
    takes_tools: bool
    price_known: bool
    measured_at: str | None = Field(description="The day of the probe; null where it was never measured.")


class ConfigurationSummary(BaseModel):
    requires_api_key: bool
    models: dict[str, str] = Field(description="Role → the model that a task submitted now would get.")
    max_iterations: int
    max_task_budget_usd: float
    max_task_description_length: int
    max_concurrent_tasks: int
    max_queued_tasks: int
    run_timeout_seconds: float


class HealthReport(BaseModel):
    status: Literal["ok", "degraded"] = Field(description="`degraded` when `problems` has something in it.")
    version: str
    problems: list[HealthProblem]
    running_tasks: int
    queued_tasks: int
    models: list[HealthModel] = Field(description="The models that a task submitted now would get.")
    isolation: Isolation | None = Field(description="What the sandbox keeps apart; null without one.")
    warnings: list[str]
    config: ConfigurationSummary


def health_report(health: Health, limits: Limits, *, requires_api_key: bool, version: str) -> HealthReport:
    found = None
    if health.guarantees is not None:
        found = isolation(asdict(health.guarantees) | {"warnings": list(health.guarantees.warnings)})
    return HealthReport(
        status="degraded" if health.problems else "ok",
        version=version,
        problems=[HealthProblem(code=p.code, message=p.message, hint=p.hint) for p in health.problems],
        running_tasks=health.running,
        queued_tasks=health.queued,
        models=[_model(model) for model in health.models],
        isolation=found,
        warnings=warnings(True, found),
        config=_summary(health, limits, requires_api_key=requires_api_key),
    )


def _model(model: ListedModel) -> HealthModel:
    return HealthModel(
        model=model.choice.name,
        roles=list(model.roles),
        state=model.standing.state,
        context_tokens=model.choice.context_tokens,
        takes_tools=model.choice.takes_tools,
        price_known=model.choice.price.is_known,
        measured_at=model.choice.measured_at or None,
    )


def _summary(health: Health, limits: Limits, *, requires_api_key: bool) -> ConfigurationSummary:
    return ConfigurationSummary(
        requires_api_key=requires_api_key,
        models={role: model.choice.name for model in health.models for role in model.roles},
        max_iterations=limits.max_rounds,
        max_task_budget_usd=to_usd(limits.budget_microusd),
        max_task_description_length=limits.max_objective_chars,
        max_concurrent_tasks=limits.max_concurrent_tasks,
        max_queued_tasks=limits.max_queued_tasks,
        run_timeout_seconds=limits.run_timeout_s,
    )
