"""The schema on disk is the one in the code, wherever it started from."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from archon.adapters.sql.database import Database
from archon.adapters.sql.dialect import address, connect
from archon.adapters.sql.journal import SqlJournal
from archon.adapters.sql.migrate import MIGRATIONS, revision, upgrade
from archon.adapters.sql.schema import REVISION, metadata
from archon.domain.errors import DatabaseError
from archon.domain.events import Draft, ResumeRequested
from archon.domain.values import TaskId
from archon.ports.journal import Reservation
from archon.testing.manual_clock import ManualClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "100% #1?" / "archon.db"


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return names


def test_a_migrated_database_has_the_tables_of_the_code(path: Path) -> None:
    assert revision(path) is None
    assert upgrade(path) == revision(path) == REVISION
    engine = create_engine(address(path))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_code_s_revision_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_a_fresh_file_can_shrink_and_be_read_while_it_is_written(path: Path) -> None:
    upgrade(path)
    connection = sqlite3.connect(path)
    incremental = 2
    assert connection.execute("PRAGMA auto_vacuum").fetchone() == (incremental,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE owners (mine TEXT)")
    connection.close()
    with pytest.raises(DatabaseError, match="owners already exists"):
        upgrade(path)
    assert tables(path) == {"owners"}


async def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    upgrade(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseError, match=r"9999, from a newer version.*Upgrade Archon"):
        await Database(path).open()
    assert revision(path) == "9999"


async def test_a_journal_of_the_first_version_reads_as_it_was_written(path: Path) -> None:
    path.parent.mkdir()
    engine = connect(address(path), begin="BEGIN")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO tasks VALUES ('T', 'paused', 'x', 'o', 'script', '', 0, 0, 1, 1, NULL, 9, 2, 5)"
        )
        connection.exec_driver_sql(
            "INSERT INTO events VALUES ('T', 1, 1, 0, 'resume_requested', '', '', '', '{\"by\":\"me\"}')"
        )
        for name, settled in (("open", "NULL"), ("settled", "1")):
            connection.exec_driver_sql(
                f"INSERT INTO reservations VALUES ('{name}', 'T', 1, 'm', 5, 0, {settled})"
            )
    engine.dispose()
    database, task_id = Database(path), TaskId("T")
    await database.open()
    journal = SqlJournal(database, ManualClock())
    await journal.append(task_id, [Draft(body=ResumeRequested(by="you"))], epoch=0)
    assert [event.body for event in await journal.events(task_id)] == [
        ResumeRequested(by="me"),
        ResumeRequested(by="you"),
    ]
    assert [each.id for each in await journal.open_reservations(task_id)] == ["open"]
    await database.close()


async def test_a_task_of_an_earlier_version_has_no_ceiling_of_tokens(path: Path) -> None:
    path.parent.mkdir()
    engine = create_engine(address(path))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        old = (
            "id, status, reason, objective, workflow, step, created_at, updated_at, last_seq, lease_epoch, "
            "limit_microusd, spent_microusd, reserved_microusd"
        )
        values = "'T', 'paused', '', 'Add.', 'script', '', 0, 0, 1, 1, 500000, 7, 5"
        connection.exec_driver_sql(f"INSERT INTO tasks ({old}) VALUES ({values})")
        connection.exec_driver_sql("INSERT INTO reservations VALUES ('r', 'T', 1, 'm', 5, 0, NULL)")
    engine.dispose()
    database = Database(path)
    await database.open()
    journal = SqlJournal(database, ManualClock())
    row = await journal.row(TaskId("T"))
    assert (row.cost_microusd, row.price_known, row.unpriced_token_limit) == (7, True, None)
    assert [each.unpriced_tokens for each in await journal.open_reservations(TaskId("T"))] == [0]
    asked = Reservation(id="s", worst_microusd=1, epoch=1, model="m", unpriced_tokens=10**9)
    assert await journal.reserve(TaskId("T"), asked)
    await database.close()
