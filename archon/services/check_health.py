"""Looks at everything that a task will need, before one needs it."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from archon.domain.errors import ArchonError
from archon.domain.events import Problem
from archon.domain.execution import Guarantees
from archon.domain.task import Status
from archon.services.listing.register import ListedModel
from archon.services.platform import Platform
from archon.services.used_models import troubles, used_models

MOST_COUNTED = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is there, and what is missing: each problem says what to do."""

    problems: list[Problem]
    models: tuple[ListedModel, ...]
    """The models that a task submitted now would get; empty when there is none."""
    guarantees: Guarantees | None
    """What the sandbox keeps apart; None when there is none."""
    running: int
    """Tasks at work, `MOST_COUNTED` at most."""
    queued: int
    """Tasks that wait for their turn, likewise."""

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.guarantees.warnings if self.guarantees else ()


async def check_health(platform: Platform) -> Health:
    """Read the journal, start a sandbox and ask for the models. Never raises for what it finds."""
    problems: list[Problem] = []
    counts = await _noting(problems, _count(platform), dict[Status, int]())
    models = await _noting(problems, used_models(platform), ())
    problems += troubles(models)
    return Health(
        models=models,
        guarantees=await _noting(problems, platform.sandbox.probe(), None),
        running=counts.get(Status.RUNNING, 0),
        queued=counts.get(Status.QUEUED, 0),
        problems=problems,
    )


async def _noting(problems: list[Problem], looking: Awaitable[T], otherwise: T) -> T:
    try:
        return await looking
    except ArchonError as error:
        problems.append(Problem(code=error.code, message=error.message, hint=error.hint))
        return otherwise


async def _count(platform: Platform) -> dict[Status, int]:
    rows = await platform.journal.rows(statuses=[Status.RUNNING, Status.QUEUED], limit=MOST_COUNTED)
    return {status: sum(row.status is status for row in rows) for status in (Status.RUNNING, Status.QUEUED)}
