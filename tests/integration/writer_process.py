"""A process that appends to one task and makes tasks of its own, until it has written its share."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from archon.adapters.clock.system import SystemClock
from archon.adapters.sql.database import Database
from archon.adapters.sql.journal import SqlJournal
from archon.domain.events import Draft, ResumeRequested
from archon.domain.values import TaskId
from archon.testing.journal_contract import SPEC


async def main(path: Path, task_id: TaskId, name: str, share: int) -> None:
    database = Database(path)
    await database.open()
    journal = SqlJournal(database, SystemClock())
    for number in range(share):
        await journal.append(task_id, [Draft(body=ResumeRequested(by=name))] * 2, epoch=0)
        await journal.create(TaskId(f"{name}{number}"), SPEC, {})
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), TaskId(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
