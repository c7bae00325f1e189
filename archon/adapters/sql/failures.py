"""What a database's errors mean, and what a person can do about each."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from archon.domain.errors import DatabaseError

_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_FULL: ("The disk is full", "Free some space; what was written before is intact."),
    sqlite3.SQLITE_READONLY: (
        "The database may not be written to",
        "Give this user write access to the file and its folder, or set ARCHON_DATA_DIR elsewhere.",
    ),
    sqlite3.SQLITE_BUSY: (
        "Another process has kept the database locked for too long",
        "End the process that holds it (`fuser` on the file names it), then try again.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The database cannot be opened",
        "Make its folder exist and be accessible to this user, or set ARCHON_DATA_DIR elsewhere.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "The database is damaged",
        "Restore it from a backup, or save what is readable with `sqlite3 FILE .recover`.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "The file is not a database",
        "Move it away, or set ARCHON_DATA_DIR elsewhere.",
    ),
    sqlite3.SQLITE_IOERR: ("The disk failed", "Look at the disk's health and at the mount, then try again."),
}
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes carry the primary one in their lowest byte."""


def explain(error: SQLAlchemyError | sqlite3.Error, where: str) -> DatabaseError:
    """The database's error as one that says what to do; `where` names the database."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE
    what, cure = _SQLITE.get(code, ("The database failed", "Nothing of this was written; try again."))
    return DatabaseError(f"{what}: {where} ({cause}).", hint=cure)
