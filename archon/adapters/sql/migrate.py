"""Brings a database's schema to this version's, one process at a time and all or nothing."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from archon.adapters.sql.dialect import address, connect
from archon.adapters.sql.failures import explain
from archon.adapters.sql.schema import REVISION
from archon.domain.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(path_or_url: Path | str) -> str:
    """Migrate the database, making it where there is none, and return its revision. Raises: DatabaseError."""
    bring_up_to_date(address(path_or_url))
    return REVISION


def revision(path_or_url: Path | str) -> str | None:
    """The revision that the database is at; None for one without tables. Raises: DatabaseError."""
    url = address(path_or_url)
    if _is_blank(url):
        return None
    with _explained(url), _opened(url) as engine, engine.begin() as connection:
        return _revision(connection)


def bring_up_to_date(url: URL) -> None:
    """As `upgrade`. Costs one query when there is nothing to do. Raises: DatabaseError."""
    with _explained(url):
        if not _is_blank(url) and _is_current(url):
            return
        file = _file(url)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        with _alone(file) if file else nullcontext(), _opened(url) as engine:
            _migrate(engine)


def _migrate(engine: Engine) -> None:
    _prepare(engine)
    with engine.begin() as connection:
        stored = _revision(connection)
        if stored == REVISION:
            return
        from alembic import command
        from alembic.util.exc import CommandError

        try:
            command.upgrade(_config(connection), "head")
        except CommandError as error:
            raise DatabaseError(
                f"{engine.url.database} is at revision {stored}, from a newer version of Archon.",
                hint="Upgrade Archon, or set ARCHON_DATA_DIR to another folder.",
            ) from error


def _prepare(engine: Engine) -> None:
    """Settings that are kept in a SQLite file: the first only takes before anything is written to it."""
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        for setting in ("auto_vacuum = INCREMENTAL", "journal_mode = WAL"):
            raw.cursor().execute(f"PRAGMA {setting}")
    finally:
        raw.close()


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _is_current(url: URL) -> bool:
    with _opened(url) as engine, engine.begin() as connection:
        return _revision(connection) == REVISION


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    stored = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if stored is None else str(stored)


def _file(url: URL) -> Path | None:
    is_file = url.get_backend_name() == "sqlite" and url.database and "uri" not in url.query
    return Path(url.database) if is_file and url.database else None


def _is_blank(url: URL) -> bool:
    file = _file(url)
    return file is not None and (not file.exists() or file.stat().st_size == 0)


@contextmanager
def _opened(url: URL) -> Iterator[Engine]:
    engine = connect(url, begin="BEGIN", enforce_keys=False)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.with_name(f"{file.name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise explain(error, url.render_as_string()) from error
    except OSError as error:
        raise DatabaseError(
            f"The database cannot be opened: {error}.",
            hint="Make its folder writable for this user, or set ARCHON_DATA_DIR elsewhere.",
        ) from error
