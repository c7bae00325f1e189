"""What a probe stored counts for new tasks, and changes nothing for one that was submitted before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.directory import ModelDirectory
from archon.adapters.model.route import Providers
from archon.domain.measured import Findings, Measured
from archon.domain.profile import ModelProfile
from archon.ports.model import Model
from archon.services.platform import Platform, RoleModels
from archon.services.read_task import read_task
from tests.builders.platform import advance, build_platform, scripted, submit
from tests.e2e.conversations import CHECKS, GOOD, PLAN

NAME = "ollama/llama3.2"
WORDS_ONLY = Measured(
    model=NAME, measured_at=datetime(2026, 3, 1, tzinfo=UTC), findings=Findings(takes_tools=False)
)


@dataclass(frozen=True)
class Opened:
    """A source that notes what each model was opened with."""

    model: Model
    profiles: list[ModelProfile | None] = field(default_factory=list)

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        self.profiles.append(profile)
        return self.model


def world(folder: Path) -> tuple[Platform, Opened]:
    source = Opened(scripted(PLAN, CHECKS, GOOD))
    platform = build_platform(folder, source.model)
    catalog = ModelCatalog(Providers(), platform.clock)
    roles = RoleModels(planner=NAME, coder=NAME, fixer=NAME)
    return replace(
        platform, models=source, catalog=catalog, directory=ModelDirectory(catalog), roles=roles
    ), source


async def test_a_stored_row_refines_new_tasks(tmp_path: Path) -> None:
    platform, _ = world(tmp_path)
    await platform.measurements.store(WORDS_ONLY)
    chosen = (await read_task(platform, await submit(platform))).spec.models["coder"]
    assert chosen.profile and (chosen.takes_tools, chosen.profile.takes_tools) == (False, False)
    assert chosen.measured_at == "2026-03-01"


async def test_a_submitted_task_keeps_what_was_known_when_it_was_submitted(tmp_path: Path) -> None:
    platform, source = world(tmp_path)
    task_id = await submit(platform)
    await platform.measurements.store(WORDS_ONLY)
    view = await advance(platform, task_id)
    assert view.spec.models["coder"].takes_tools
    assert source.profiles and {each.takes_tools for each in source.profiles if each} == {True}
    assert None not in source.profiles
