"""What differs between databases: addresses, how transactions begin, and space."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 15.0
"""How long a writer waits for another process's transaction."""


def address(path_or_url: Path | str) -> URL:
    """A database's URL; a path names a SQLite file."""
    if isinstance(path_or_url, str) and "://" in path_or_url:
        return make_url(path_or_url)
    return URL.create("sqlite", database=str(path_or_url))


def connect(
    url: URL, *, begin: str, enforce_keys: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> Engine:
    """An engine of one connection, whose transactions on SQLite start with `begin`, or not at all if empty.

    The driver's own transactions are off: they start late, as readers, and lose to other writers.
    """
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=1, max_overflow=0)
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
        connect_args={"isolation_level": None, "timeout": busy_timeout_s, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if enforce_keys else 'OFF'}")
        cursor.close()

    if begin:

        @event.listens_for(engine, "begin")
        def start(connection: Connection) -> None:
            connection.connection.cursor().execute(begin)

    return engine


def give_back_space(connection: Connection) -> None:
    """Shrink a SQLite file by the pages that nothing uses; Postgres does this by itself.

    The driver gives up after the first page of each call, so there is a call for each page.
    """
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        (unused,) = cursor.execute("PRAGMA freelist_count").fetchone()
        for _ in range(unused):
            cursor.execute("PRAGMA incremental_vacuum(1)")
