"""Statements that are spelled for the database once, and then handed to its driver as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql.expression import ClauseElement


class Compiled:
    """A statement of Core whose parameters are plain numbers, texts and bytes.

    SQLAlchemy takes about 70 µs to run a statement that it knows, the driver itself 5, and an agent's turn
    is some fifteen of them.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._spelled: dict[str, _Spelled] = {}

    def run(self, connection: Connection, values: Mapping[str, object]) -> int:
        """How many rows it concerned."""
        spelled = self._for(connection)
        cursor = connection.connection.cursor()
        cursor.execute(spelled.text, spelled.arguments(values))
        return cursor.rowcount

    def run_each(self, connection: Connection, many: Iterable[Mapping[str, object]]) -> None:
        spelled = self._for(connection)
        connection.connection.cursor().executemany(spelled.text, [*map(spelled.arguments, many)])

    def first(self, connection: Connection, values: Mapping[str, object]) -> Any | None:
        """The first row, with its columns by name; None where there is none."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def all(self, connection: Connection, values: Mapping[str, object]) -> list[Any]:
        spelled = self._for(connection)
        cursor = connection.connection.cursor()
        cursor.execute(spelled.text, spelled.arguments(values))
        names = [column[0] for column in cursor.description or ()]
        return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]

    def _for(self, connection: Connection) -> _Spelled:
        dialect = connection.dialect
        spelled = self._spelled.get(dialect.name)
        if spelled is None:
            spelled = self._spelled[dialect.name] = _Spelled(self._statement.compile(dialect=dialect))
        return spelled


class _Spelled:
    """A statement in the words of one database."""

    def __init__(self, compiled: Any) -> None:
        self.text = str(compiled)
        self._positions: tuple[str, ...] | None = compiled.positiontup and tuple(compiled.positiontup)
        self._fixed: dict[str, object] = {
            name: bound.value for name, bound in compiled.binds.items() if not bound.required
        }

    def arguments(self, values: Mapping[str, object]) -> Any:
        given = {**self._fixed, **values}
        return given if self._positions is None else [given[name] for name in self._positions]
