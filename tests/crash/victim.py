"""A process that works on a task and is killed at a chosen write to the journal."""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import archon.adapters.sql.journal  # noqa: F401 - loaded here once, so that no forked child has to
import archon.workflows.script.graph  # noqa: F401 - the same
from archon.adapters.model.scripted import Line, ScriptedModel
from archon.bootstrap import open_platform
from archon.domain.conversation import Delta, ModelRequest, ModelResponse
from archon.domain.events import Draft, Event
from archon.domain.profile import ModelProfile
from archon.domain.row import TaskRow
from archon.domain.task import TaskSpec
from archon.domain.values import Digest, OwnerId, TaskId
from archon.ports.journal import Journal, Reservation
from archon.ports.model import Model
from archon.services.advance_task import Advance
from archon.services.claim_task import claim_task
from archon.services.platform import Platform
from archon.services.submit_task import Submission, submit_task
from archon.settings import load_settings
from tests.e2e.conversations import CHECKS, OFF_BY_ONE, PLAN, REPAIR

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"
SCRIPT = [
    Line(reply=PLAN, key="plan:0"),
    Line(reply=CHECKS, key="plan:1"),
    Line(reply=OFF_BY_ONE, key="draft:0"),
    Line(reply=REPAIR, key="repair:0"),
]


@dataclass
class KillingJournal:
    """Counts the writes to a journal, and kills its own process at one of them."""

    inner: Journal
    at: int
    after_writing: bool
    writes: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def _write(self, work: Callable[[], Any]) -> Any:
        self.writes += 1
        if self.writes == self.at and not self.after_writing:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await work()
        if self.writes == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    async def create(
        self, task_id: TaskId, spec: TaskSpec, blobs: Mapping[Digest, bytes], **more: Any
    ) -> TaskRow:
        row: TaskRow = await self._write(lambda: self.inner.create(task_id, spec, blobs, **more))
        return row

    async def append(self, task_id: TaskId, drafts: Sequence[Draft], **more: Any) -> list[Event]:
        events: list[Event] = await self._write(lambda: self.inner.append(task_id, drafts, **more))
        return events

    async def claim(self, task_id: TaskId, owner: OwnerId, *, from_epoch: int) -> int:
        epoch: int = await self._write(lambda: self.inner.claim(task_id, owner, from_epoch=from_epoch))
        return epoch

    async def reserve(self, task_id: TaskId, reservation: Reservation) -> bool:
        held: bool = await self._write(lambda: self.inner.reserve(task_id, reservation))
        return held


@dataclass
class LoggingModel:
    """The model's own log: one line for each call that it answered to its end."""

    inner: Model
    log: Path

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        async with aclosing(cast("Any", self.inner.respond(request))) as deltas:
            async for delta in deltas:
                if isinstance(delta, ModelResponse):
                    with self.log.open("a") as file:
                        file.write(f"{request.ref.key}\n")
                yield delta


@dataclass
class OneModel:
    """A source that has one model for every name."""

    model: Model

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        return self.model


def environment(root: Path) -> dict[str, str]:
    return {
        "ARCHON_DATA_DIR": str(root / "data"),
        "LOCAL_OUTPUT_DIR": str(root / "output"),
        "MODEL_PLANNER": "scripted/any",
        "MODEL_CODER": "scripted/any",
        "MODEL_FIXER": "scripted/any",
    }


def in_child(work: Callable[[], Any]) -> int:
    """Run the coroutine that `work` makes in a forked process; its wait status."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(work())
            code = 0
        except BaseException:  # noqa: BLE001 - a forked child must never return
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


async def work_until_killed(root: Path, *, at: int, after_writing: bool) -> int:
    """Submit the task and work on it; the number of writes if it is not killed before."""
    journal: KillingJournal | None = None

    def adapt(platform: Platform) -> Platform:
        nonlocal journal
        journal = KillingJournal(platform.journal, at, after_writing)
        return replace(platform, journal=cast("Journal", journal), models=_model(root))

    async with open_platform(load_settings(environment(root)), adapt=adapt) as platform:
        submission = Submission(objective=OBJECTIVE)
        row = await submit_task(platform, submission, roots=None, owner=platform.owners.id)
        await Advance(platform, row.id).run(epoch=row.lease_epoch)
    assert journal is not None
    (root / "writes").write_text(str(journal.writes))
    return journal.writes


async def resume(root: Path) -> None:
    """What `archon resume` does for every task that is not at its end."""

    def adapt(platform: Platform) -> Platform:
        return replace(platform, models=_model(root))

    async with open_platform(load_settings(environment(root)), adapt=adapt) as platform:
        for row in await platform.journal.rows():
            if not row.status.is_final:
                epoch = await claim_task(platform, row.id)
                await Advance(platform, row.id).run(epoch=epoch)


def _model(root: Path) -> OneModel:
    return OneModel(LoggingModel(ScriptedModel(SCRIPT), root / "calls.log"))
