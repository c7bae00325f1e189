"""Whether the server lives, is ready, and has what tasks need."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from archon.api.errors import document_problems
from archon.api.schemas.health import Alive, HealthReport, health_report
from archon.api.serving import ServingNow
from archon.domain.errors import ConfigurationError

router = APIRouter(tags=["health"])


@router.get("/health", summary="Health of the whole system, with a summary of its configuration")
async def read_health(serving: ServingNow) -> HealthReport:
    """Models, sandbox and database are really tried, every ten seconds at most. Needs no key."""
    return health_report(
        await serving.health.look(),
        serving.platform.limits,
        requires_api_key=serving.config.api_key is not None,
        version=version("archon"),
    )


@router.get("/healthz", summary="Whether the process lives")
async def read_liveness() -> Alive:
    """Touches nothing. Needs no key."""
    return Alive()


@router.get("/readyz", summary="Whether the server can take and run tasks", responses=document_problems(503))
async def read_readiness(serving: ServingNow) -> Alive:
    """Reads the database and looks after the runner. Needs no key."""
    await serving.platform.journal.rows(limit=1)
    if serving.working.done():
        raise ConfigurationError(
            "The runner is not at work.", hint="See the log, and start the server again."
        )
    return Alive()
