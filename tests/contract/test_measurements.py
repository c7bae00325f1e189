"""Both stores of findings about models keep the same contract; the real one also for another process."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.memory.measurements import MemoryMeasurements
from archon.adapters.sql.database import Database
from archon.adapters.sql.measurements import SqlMeasurements
from archon.domain.errors import DatabaseError
from archon.testing.measurements_contract import MeasurementsContract, measured


class TestMemoryMeasurements(MeasurementsContract):
    @pytest.fixture
    def measurements(self) -> MemoryMeasurements:
        return MemoryMeasurements()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "archon.db")
    await database.open()
    yield database
    await database.close()


class TestSqlMeasurements(MeasurementsContract):
    @pytest.fixture
    def measurements(self, database: Database) -> SqlMeasurements:
        return SqlMeasurements(database)

    async def test_what_one_process_stored_another_finds(self, database: Database, tmp_path: Path) -> None:
        await SqlMeasurements(database).store(measured())
        other = Database(tmp_path / "archon.db")
        await other.open()
        assert await SqlMeasurements(other).all() == {"ollama/m": measured()}
        await other.close()

    async def test_findings_that_cannot_be_read_name_the_way_to_new_ones(
        self, database: Database, tmp_path: Path
    ) -> None:
        await SqlMeasurements(database).store(measured())
        connection = sqlite3.connect(tmp_path / "archon.db")
        connection.execute("UPDATE measured_models SET findings = '[]'")
        connection.commit()
        connection.close()
        with pytest.raises(DatabaseError, match=r"archon models probe ollama/m"):
            await SqlMeasurements(database).all()
