"""Both registries of processes keep the same contract; the real one also with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archon.adapters.memory.owners import MemoryOwners
from archon.adapters.sql.database import Database
from archon.adapters.sql.owners import SqlOwners
from archon.domain.errors import DatabaseError
from archon.domain.values import OwnerId
from archon.testing.manual_clock import ManualClock
from archon.testing.owners_contract import LEASE_S, OwnersContract

OWNER_PROCESS = Path(__file__).parent / "owner_process.py"


class TestMemoryOwners(OwnersContract):
    @pytest.fixture
    def process(self, clock: ManualClock) -> Callable[[], MemoryOwners]:
        beats: dict[OwnerId, int] = {}
        return lambda: MemoryOwners(clock, beats=beats, lease_s=LEASE_S)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "archon.db")
    await database.open()
    yield database
    await database.close()


class TestSqlOwners(OwnersContract):
    @pytest.fixture
    def process(self, database: Database, tmp_path: Path, clock: ManualClock) -> Callable[[], SqlOwners]:
        return lambda: SqlOwners(database, tmp_path / "owners", clock, lease_s=LEASE_S)


class TestSqlOwnersWithRealProcesses:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def observer(self, database: Database, tmp_path: Path, clock: ManualClock) -> SqlOwners:
        return SqlOwners(database, tmp_path / "owners", clock, lease_s=LEASE_S)

    async def test_a_killed_process_is_gone_at_once(self, observer: SqlOwners, tmp_path: Path) -> None:
        with living(tmp_path) as other:
            assert not await observer.is_gone(other.id)
            other.kill()
            assert await observer.is_gone(other.id)

    async def test_programs_that_a_process_started_do_not_keep_it_alive(
        self, observer: SqlOwners, tmp_path: Path
    ) -> None:
        with living(tmp_path, "with-child") as other:
            other.kill()
            assert await observer.is_gone(other.id)

    async def test_a_stopped_process_is_gone_after_the_lease_time_and_back_when_it_goes_on(
        self, observer: SqlOwners, tmp_path: Path, clock: ManualClock
    ) -> None:
        with living(tmp_path) as other:
            other.send(signal.SIGSTOP)
            assert not await observer.is_gone(other.id)
            clock.advance(LEASE_S - 1)
            assert not await observer.is_gone(other.id)
            clock.advance(1)
            assert await observer.is_gone(other.id)
            other.send(signal.SIGCONT)
            other.beat()
            assert not await observer.is_gone(other.id)

    async def test_an_entering_process_tidies_up_after_dead_ones(
        self, observer: SqlOwners, database: Database, tmp_path: Path
    ) -> None:
        with living(tmp_path) as alive, living(tmp_path) as dead:
            dead.kill()
            await observer.enter()
            locks = {path.stem for path in (tmp_path / "owners").iterdir()}
            rows = await database.read(lambda c: set(c.exec_driver_sql("SELECT id FROM owners").scalars()))
            assert locks == rows == {alive.id, observer.id}
            assert await observer.is_gone(dead.id)

    async def test_between_hosts_the_beat_alone_decides(
        self, database: Database, tmp_path: Path, clock: ManualClock
    ) -> None:
        elsewhere = SqlOwners(database, tmp_path / "none", clock, lease_s=LEASE_S, host="elsewhere")
        with living(tmp_path) as other:
            other.kill()
            assert not await elsewhere.is_gone(other.id)
            clock.advance(LEASE_S)
            assert await elsewhere.is_gone(other.id)

    async def test_a_data_directory_that_cannot_be_written_is_named(
        self, database: Database, tmp_path: Path, clock: ManualClock
    ) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(DatabaseError, match="ARCHON_DATA_DIR"):
            await SqlOwners(database, tmp_path / "file", clock).enter()


class Living:
    """Another process that has entered."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin and process.stdout
        self._process, self._told, self._said = process, process.stdin, process.stdout
        self.id = OwnerId(self._said.readline().strip())

    def beat(self) -> None:
        """Let it beat once; returns when it has."""
        self._told.write("beat\n")
        self._told.flush()
        self._said.readline()

    def send(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def living(directory: Path, *arguments: str) -> Iterator[Living]:
    command = [sys.executable, str(OWNER_PROCESS), str(directory), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Living(process)
        finally:
            process.kill()
