"""The processes that share a data directory: a locked file for each, and a beat in the database."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from archon.adapters.sql.database import Database
from archon.adapters.sql.lock_file import LockFile, is_held
from archon.adapters.sql.schema import owners
from archon.domain.errors import DatabaseError
from archon.domain.sight import Sight, look
from archon.domain.values import OwnerId
from archon.ports.clock import Clock

_FIND = select(owners.c.host, owners.c.beat).where(owners.c.id == bindparam("owner"))
_BEAT = update(owners).where(owners.c.id == bindparam("owner")).values(beat=owners.c.beat + 1)
_ADD = insert(owners)
_REMOVE = delete(owners).where(owners.c.id == bindparam("owner"))


class SqlOwners:
    """Constructing it does no I/O. `host` must be the same for two processes only if they see each
    other's locks in `directory`; by default it is the host's name.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        clock: Clock,
        *,
        lease_s: float = 30.0,
        host: str | None = None,
    ) -> None:
        self.id = OwnerId(clock.new_id())
        self._database = database
        self._directory = directory
        self._clock = clock
        self._lease_s = lease_s
        self._host = host
        self._lock: LockFile | None = None
        self._seen: dict[OwnerId, Sight] = {}

    async def enter(self) -> None:
        self._hold_lock()
        await self._database.transact(self._remove_dead)
        await self._database.transact(self._register)

    async def leave(self) -> None:
        await self._database.transact(lambda connection: self._remove(connection, self.id))
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def beat(self) -> None:
        def work(connection: Connection) -> None:
            if connection.execute(_BEAT, {"owner": self.id}).rowcount == 0:
                self._register(connection)

        await self._database.transact(work)

    async def is_gone(self, owner: OwnerId) -> bool:
        if owner == self.id and self._lock is not None:
            return False
        row = await self._database.read(
            lambda connection: connection.execute(_FIND, {"owner": owner}).first()
        )
        if row is None:
            return True
        if row.host == self._here() and is_held(self._path(owner)) is False:
            return True
        now = self._clock.monotonic()
        sight = self._seen[owner] = look(self._seen.get(owner), row.beat, now)
        return now - sight.since_s >= self._lease_s

    def _hold_lock(self) -> None:
        if self._lock is not None:
            return
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._lock = LockFile(self._path(self.id))
        except OSError as error:
            raise DatabaseError(
                f"No lock file can be made: {error}.",
                hint="Make the data directory writable for this user, or set ARCHON_DATA_DIR elsewhere.",
            ) from error

    def _register(self, connection: Connection) -> None:
        self._remove(connection, self.id)
        columns = {"id": self.id, "host": self._here(), "pid": os.getpid(), "beat": 0}
        connection.execute(_ADD, columns)

    def _remove_dead(self, connection: Connection) -> None:
        """Tidy up after this host's processes that ended without a goodbye."""
        for path in self._directory.glob("*.lock"):
            if is_held(path) is False:
                self._remove(connection, OwnerId(path.stem))
                path.unlink(missing_ok=True)

    def _remove(self, connection: Connection, owner: OwnerId) -> None:
        connection.execute(_REMOVE, {"owner": owner})

    def _here(self) -> str:
        return self._host or socket.gethostname()

    def _path(self, owner: OwnerId) -> Path:
        return self._directory / f"{owner}.lock"
