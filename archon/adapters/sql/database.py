"""One database, shared by threads and processes: a single writer here, readers apart."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from archon.adapters.sql.dialect import BUSY_TIMEOUT_S, address, connect
from archon.adapters.sql.failures import explain
from archon.adapters.sql.migrate import bring_up_to_date

T = TypeVar("T")


class Database:
    """Runs closures in transactions, each on a thread that owns its connection.

    Constructing it does no I/O; `open` brings the schema up to date.
    """

    def __init__(self, path_or_url: Path | str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.url = address(path_or_url)
        self._writer = connect(self.url, begin="BEGIN IMMEDIATE", busy_timeout_s=busy_timeout_s)
        self._reader = connect(self.url, begin="", busy_timeout_s=busy_timeout_s)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="archon-writer")
        self._read_thread = ThreadPoolExecutor(1, thread_name_prefix="archon-reader")

    async def open(self) -> None:
        """Make the database, or migrate it, where needed. Raises: DatabaseError."""
        await asyncio.get_running_loop().run_in_executor(self._write_thread, bring_up_to_date, self.url)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, after its transaction is committed; nothing is written if it raises.

        `work` runs on the writer's thread and must be quick. Cancelling the caller does not undo a
        transaction that has begun. Raises: DatabaseError, and whatever `work` raises.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._write_thread, self._run, self._writer, work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns; its statements see what is committed when each of them starts."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._read_thread, self._run, self._reader, work)

    def _run(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        try:
            with engine.begin() as connection:
                return work(connection)
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise explain(error, self.url.render_as_string()) from error

    async def close(self) -> None:
        """Wait for what is under way and close the connections. May be called twice."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for thread, engine in ((self._write_thread, self._writer), (self._read_thread, self._reader)):
            thread.shutdown()
            engine.dispose()
