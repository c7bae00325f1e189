"""The same loop as `archon run --agent-loop always` makes it: every call and every command is journaled.

`python -m bench.programs.archon_turns TURNS`, with where everything is in the environment.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from archon.bootstrap import database_file, open_platform
from archon.domain.conversation import Delta, ModelRequest
from archon.domain.profile import ModelProfile
from archon.ports.model import Model, ModelSource
from archon.services.advance_task import Advance
from archon.services.platform import Platform
from archon.services.submit_task import Submission, submit_task
from archon.settings import load_settings
from bench.programs.conversation import OBJECTIVE, Report


@dataclass
class Watched:
    """A source whose models note each request of the agent that works with tools: there a turn begins."""

    inner: ModelSource
    report: Report
    turns: int
    _begun: int = 0

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        return WatchedModel(self.inner.open(name, profile), self)

    def begin(self) -> None:
        if self._begun == 0:
            self.report.begin()
        elif self._begun <= self.turns:
            self.report.turned()
            if self._begun in {self.turns // 2, self.turns}:
                self.report.kept_bytes[str(self._begun)] = _kept_bytes()
        self._begun += 1


@dataclass
class WatchedModel:
    inner: Model
    watch: Watched

    def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        if request.tools:
            self.watch.begin()
        return self.inner.respond(request)


def _kept_bytes() -> int:
    """The database with its log written back, which costs the same for any number of turns."""
    file = database_file(load_settings())
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))


async def main(turns: int) -> None:
    report = Report()

    def adapt(platform: Platform) -> Platform:
        return replace(platform, models=Watched(platform.models, report, turns))

    async with open_platform(load_settings(), adapt=adapt) as platform:
        # One turn more, whose request ends the last one that counts.
        submission = Submission(
            objective=OBJECTIVE,
            budget_microusd=1_000_000_000,
            agent_loop="always",
            max_turns=turns + 1,
            max_rounds=1,
        )
        row = await submit_task(platform, submission, roots=None, owner=platform.owners.id)
        ended = await Advance(platform, row.id).run(epoch=row.lease_epoch)
        if ended.reason != "turns_exhausted":
            raise RuntimeError(f"the task is {ended.status}: {ended.reason}")
    report.print()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
