"""What no task refers to any more does not stay for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archon.adapters.sql.database import Database
from archon.adapters.sql.journal import SqlJournal
from archon.domain.errors import NotFound
from archon.domain.values import TaskId, digest_bytes
from archon.testing.journal_contract import SPEC, started
from archon.testing.manual_clock import ManualClock

DAY_S = 86_400


async def pages(database: Database) -> int:
    return int(await database.read(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one()))


async def test_blobs_go_a_day_after_the_last_reference(tmp_path: Path) -> None:
    clock = ManualClock()
    database = Database(tmp_path / "archon.db")
    await database.open()
    journal = SqlJournal(database, clock)
    used, unused = b"used", os.urandom(200_000)
    await journal.create(TaskId("T"), SPEC, {digest_bytes(used): used})
    await journal.create(TaskId("U"), SPEC, {digest_bytes(unused): unused})
    await database.transact(lambda c: c.exec_driver_sql("DELETE FROM blob_refs WHERE task_id = 'U'"))

    clock.advance(DAY_S)
    assert await journal.sweep_blobs() == 0
    clock.advance(1)
    before = await pages(database)
    assert await journal.sweep_blobs() == 1
    assert await pages(database) < before - 40
    assert await journal.blob(digest_bytes(used)) == used
    with pytest.raises(NotFound):
        await journal.blob(digest_bytes(unused))
    await database.close()


async def test_long_results_are_kept_compressed_and_once(tmp_path: Path) -> None:
    database = Database(tmp_path / "archon.db")
    await database.open()
    journal = SqlJournal(database, ManualClock())
    await journal.create(TaskId("T"), SPEC, {})
    text = "the same line\n" * 10_000
    await journal.append(TaskId("T"), [started(text), started(text)], epoch=0)
    rows = await database.read(lambda c: c.exec_driver_sql("SELECT size, length(data) FROM blobs").all())
    ((size, kept),) = rows
    assert size == len(text)
    assert kept < size / 100
    await database.close()
