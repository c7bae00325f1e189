"""What every use case is handed: the ports, wired, and the limits that the operator set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archon.domain.values import JsonObject
from archon.engine.models.retrying import RetryPolicy
from archon.ports.catalog import Catalog
from archon.ports.clock import Clock
from archon.ports.directory import Directory
from archon.ports.folder import FolderSource
from archon.ports.journal import Journal
from archon.ports.measurements import Measurements
from archon.ports.model import ModelSource
from archon.ports.owners import Owners
from archon.ports.sandbox import SandboxProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    max_rounds: int = 3
    budget_microusd: int = 500_000
    max_objective_chars: int = 10_000
    max_concurrent_tasks: int = 5
    max_queued_tasks: int = 100
    run_timeout_s: float = 60.0
    unpriced_tokens: int = 500_000
    """What a task may use of models whose price is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleModels:
    """The models an operator set, by role; None where the default is to be found."""

    planner: str | None = None
    coder: str | None = None
    fixer: str | None = None
    checker: str | None = None
    judge: str | None = None
    orchestrator: str | None = None
    backend: str | None = None
    database: str | None = None
    frontend: str | None = None
    qa: str | None = None
    reviewer: str | None = None
    git: str | None = None
    devops: str | None = None
    fallback: str | None = None
    params: Mapping[str, JsonObject] = field(default_factory=dict)
    """What agents ask their models with, by role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    journal: Journal
    owners: Owners
    clock: Clock
    sandbox: SandboxProvider
    folders: FolderSource
    models: ModelSource
    catalog: Catalog
    directory: Directory
    measurements: Measurements
    retry: RetryPolicy
    limits: Limits
    roles: RoleModels
    data_directory: Path
    output_directory: Path
    """Where results go when the caller names no place."""
    output_roots: tuple[Path, ...]
    """Where callers over the network may have results put."""
