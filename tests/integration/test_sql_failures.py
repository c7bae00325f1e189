"""Disks, files and locks that fail: each says what to do, and nothing is half-written."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.sql.database import Database
from archon.adapters.sql.journal import SqlJournal
from archon.adapters.sql.migrate import upgrade
from archon.domain.errors import DatabaseError, NotFound
from archon.domain.events import Completed, Draft
from archon.domain.values import TaskId, digest_bytes
from archon.testing.journal_contract import CANCEL, SPEC, US
from archon.testing.manual_clock import ManualClock

TASK = TaskId("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archon.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database(path, busy_timeout_s=0.05)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def journal(database: Database) -> SqlJournal:
    journal = SqlJournal(database, ManualClock())
    await journal.create(TASK, SPEC, {}, owner=US)
    return journal


async def pragma(database: Database, setting: str) -> None:
    await database.transact(lambda connection: connection.exec_driver_sql(f"PRAGMA {setting}"))


async def test_a_full_disk_writes_nothing_and_can_be_gone_on_from(
    database: Database, journal: SqlJournal
) -> None:
    await pragma(database, "max_page_count = 1")
    noise = bytes(range(256)) * 400
    large = Draft(body=Completed(effect="exec", result=[str(n) * 50 for n in range(2000)]))
    with pytest.raises(DatabaseError, match=r"disk is full.*Free some space"):
        await journal.append(TASK, [large], epoch=1, blobs={digest_bytes(noise): noise})
    assert (await journal.row(TASK)).last_seq == 2
    with pytest.raises(NotFound):
        await journal.blob(digest_bytes(noise))
    await pragma(database, "max_page_count = 1000000")
    (event,) = await journal.append(TASK, [large], epoch=1)
    assert event.seq == 3


async def test_a_database_that_may_only_be_read_is_readable_and_says_so(
    path: Path, journal: SqlJournal
) -> None:
    read_only = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    await read_only.open()
    reader = SqlJournal(read_only, ManualClock())
    with pytest.raises(DatabaseError, match=r"may not be written to.*write access"):
        await reader.append(TASK, [CANCEL], epoch=0)
    assert (await reader.row(TASK)).last_seq == 2
    await read_only.close()


async def test_a_lock_that_is_held_too_long_is_named_and_waited_for_again(
    path: Path, journal: SqlJournal
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="locked for too long"):
        await journal.append(TASK, [CANCEL], epoch=0)
    assert (await journal.row(TASK)).last_seq == 2
    other.execute("COMMIT")
    other.close()
    (event,) = await journal.append(TASK, [CANCEL], epoch=0)
    assert event.seq == 3


async def test_a_transaction_whose_work_raises_writes_nothing(
    database: Database, journal: SqlJournal
) -> None:
    with pytest.raises(ZeroDivisionError):
        await database.transact(lambda c: c.exec_driver_sql("UPDATE tasks SET last_seq = 99").rowcount / 0)
    assert (await journal.row(TASK)).last_seq == 2


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    path.write_bytes(b"my thesis\n" * 1000)
    with pytest.raises(DatabaseError, match=r"not a database.*ARCHON_DATA_DIR"):
        upgrade(path)
    assert path.read_bytes() == b"my thesis\n" * 1000


def test_a_damaged_database_is_named(path: Path) -> None:
    upgrade(path)
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"damaged.*backup"):
        upgrade(path)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="ARCHON_DATA_DIR"):
        await Database(tmp_path / "file" / "archon.db").open()


@pytest.mark.parametrize("what", ["payload = '{}', squeezed = NULL", "squeezed = x'00'"])
async def test_an_event_that_cannot_be_read_is_named(
    database: Database, journal: SqlJournal, what: str
) -> None:
    await database.transact(lambda c: c.exec_driver_sql(f"UPDATE events SET {what} WHERE seq = 2"))
    with pytest.raises(DatabaseError, match="Event 2 of task T cannot be read"):
        await journal.events(TASK)


async def test_a_wait_ends_when_the_database_fails(database: Database, journal: SqlJournal) -> None:
    await database.transact(lambda c: c.exec_driver_sql("ALTER TABLE tasks RENAME TO lost"))
    with pytest.raises(DatabaseError):
        await journal.wait(TASK, after=2, timeout_s=60)
