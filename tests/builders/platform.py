"""A platform of shipped fakes around the real sandbox, and the few moves that tests of tasks make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.memory.measurements import MemoryMeasurements
from archon.adapters.memory.owners import MemoryOwners
from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.directory import ModelDirectory
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.scripted import Line, Reply, ScriptedModel
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.events import Event
from archon.domain.profile import ModelProfile
from archon.domain.task import FREE, Price
from archon.domain.values import TaskId
from archon.engine.models.retrying import RetryPolicy
from archon.ports.model import Model
from archon.services.advance_task import Advance
from archon.services.claim_task import claim_task
from archon.services.platform import Limits, Platform, RoleModels
from archon.services.read_task import read_task
from archon.services.submit_task import Submission, submit_task
from archon.services.task_view import TaskView
from archon.testing.manual_clock import ManualClock

SCRIPTED = "scripted/tests.jsonl"
"""The model string of every role; it has a price when the platform is built with one."""


@dataclass(frozen=True)
class OneModel:
    """A `ModelSource` that has one model for every name."""

    model: Model

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        return self.model


def scripted(*replies: Reply | Line) -> ScriptedModel:
    return ScriptedModel(replies)


@cache
def _sandbox(scratch: Path) -> BubblewrapProvider:
    return BubblewrapProvider(scratch=scratch, folders=LocalFolders())


def build_platform(folder: Path, model: Model, *, price: Price = FREE, **limits: Any) -> Platform:
    """Everything in memory but the sandbox and the folders below `folder`; the clock is a manual one."""
    clock = ManualClock()
    data = folder / "data"
    data.mkdir(exist_ok=True)
    catalog = ModelCatalog(Providers(keys=ProviderKeys()), clock, {SCRIPTED: price})
    return Platform(
        journal=MemoryJournal(clock),
        owners=MemoryOwners(clock),
        clock=clock,
        sandbox=_sandbox(folder / "scratch"),
        folders=LocalFolders(),
        models=OneModel(model),
        catalog=catalog,
        directory=ModelDirectory(catalog),
        measurements=MemoryMeasurements(),
        retry=RetryPolicy(max_retries=0),
        limits=Limits(**{"run_timeout_s": 10.0} | limits),
        roles=RoleModels(planner=SCRIPTED, coder=SCRIPTED, fixer=SCRIPTED),
        data_directory=data,
        output_directory=folder / "output",
        output_roots=(folder / "output",),
    )


def another_process(platform: Platform) -> Platform:
    """The same platform as a process that starts after the first one died sees it."""
    return replace(platform, owners=MemoryOwners(platform.clock))


async def submit(platform: Platform, objective: str = "Print the sum of 1 to 10.", **fields: Any) -> TaskId:
    """A queued task."""
    row = await submit_task(platform, Submission(objective=objective, **fields), roots=None)
    return row.id


async def advance(platform: Platform, task_id: TaskId) -> TaskView:
    """Claim a task and bring it as far as it goes."""
    epoch = await claim_task(platform, task_id)
    await Advance(platform, task_id).run(epoch=epoch)
    return await read_task(platform, task_id)


async def run(platform: Platform, objective: str = "Print the sum of 1 to 10.", **fields: Any) -> TaskView:
    """What becomes of a task from its submission on."""
    return await advance(platform, await submit(platform, objective, **fields))


async def bodies(platform: Platform, task_id: str, *kinds: type[Any]) -> Sequence[Any]:
    """The bodies of a task's events, of these kinds only."""
    events: list[Event] = await platform.journal.events(TaskId(task_id))
    return [event.body for event in events if not kinds or isinstance(event.body, kinds)]
