"""Several processes on one database file."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.clock.system import SystemClock
from archon.adapters.sql.database import Database
from archon.adapters.sql.journal import SqlJournal
from archon.domain.events import ResumeRequested
from archon.domain.values import TaskId
from archon.testing.journal_contract import CANCEL, SPEC

WRITER_PROCESS = Path(__file__).parent / "writer_process.py"
TASK = TaskId("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archon.db"


async def opened(path: Path) -> AsyncIterator[SqlJournal]:
    database = Database(path)
    await database.open()
    yield SqlJournal(database, SystemClock())
    await database.close()


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[SqlJournal]:
    async for journal in opened(path):
        yield journal


@pytest.fixture
async def elsewhere(path: Path, journal: SqlJournal) -> AsyncIterator[SqlJournal]:
    """Connections of its own, as another process has them."""
    async for other in opened(path):
        yield other


async def run(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


async def test_processes_that_write_at_once_lose_nothing(path: Path, journal: SqlJournal) -> None:
    await journal.create(TASK, SPEC, {})
    share = 100
    names = ["a", "b", "c"]
    await asyncio.gather(*(run(str(WRITER_PROCESS), str(path), TASK, name, str(share)) for name in names))
    events = await journal.events(TASK)
    written = Counter(event.body.by for event in events if isinstance(event.body, ResumeRequested))
    assert written == dict.fromkeys(names, share * 2)
    assert [event.seq for event in events] == list(range(1, 2 + share * 2 * len(names)))
    assert len(await journal.rows(limit=1000)) == 1 + share * len(names)


async def test_processes_that_find_no_database_make_it_once(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "new" / "archon.db") for _ in range(4)]
    await asyncio.gather(*(database.open() for database in databases))
    await SqlJournal(databases[0], SystemClock()).create(TASK, SPEC, {})
    assert (await SqlJournal(databases[3], SystemClock()).row(TASK)).last_seq == 1
    for database in databases:
        await database.close()


async def test_another_process_s_event_ends_a_wait(journal: SqlJournal, elsewhere: SqlJournal) -> None:
    await journal.create(TASK, SPEC, {})
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        waiters = [group.create_task(journal.wait(TASK, after=1, timeout_s=60)) for _ in range(2)]
        await journal.row(TASK)
        await elsewhere.append(TASK, [CANCEL], epoch=0)
    assert all(waiter.result() for waiter in waiters)


async def test_migrations_are_not_even_imported_when_the_schema_is_current(
    path: Path, journal: SqlJournal
) -> None:
    code = (
        "import asyncio, sys; from archon.adapters.sql.database import Database\n"
        f"asyncio.run(Database({str(path)!r}).open())\n"
        "print([name for name in ('alembic', 'pydantic', 'sqlalchemy.ext.asyncio') if name in sys.modules])"
    )
    assert await run("-c", code) == "[]\n"
