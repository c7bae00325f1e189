"""Both journals keep the same contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.sql.database import Database
from archon.adapters.sql.journal import SqlJournal
from archon.testing.account_contract import AccountContract
from archon.testing.journal_contract import JournalContract
from archon.testing.manual_clock import ManualClock
from archon.testing.recording_contract import RecordingContract
from archon.testing.waiting_contract import WaitingContract


class TestMemoryJournal(JournalContract, AccountContract, RecordingContract, WaitingContract):
    @pytest.fixture
    def journal(self, clock: ManualClock) -> MemoryJournal:
        return MemoryJournal(clock)


class TestSqlJournal(JournalContract, AccountContract, RecordingContract, WaitingContract):
    @pytest.fixture
    async def journal(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[SqlJournal]:
        database = Database(tmp_path / "archon.db")
        await database.open()
        yield SqlJournal(database, clock)
        await database.close()
