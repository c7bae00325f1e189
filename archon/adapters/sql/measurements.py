"""Findings about models in a database."""

from __future__ import annotations

import json

from sqlalchemy import Connection, bindparam, delete, insert, select

from archon.adapters.sql.database import Database
from archon.adapters.sql.rows import from_micros, to_micros
from archon.adapters.sql.schema import measured_models
from archon.domain.errors import DatabaseError
from archon.domain.measured import Findings, Measured
from archon.domain.plain import from_plain, to_plain

_ADD = insert(measured_models)
_ALL = select(measured_models).order_by(measured_models.c.model)
_REMOVE = delete(measured_models).where(measured_models.c.model == bindparam("name"))


class SqlMeasurements:
    """Keeps the port's contract for any number of processes on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, measured: Measured) -> None:
        columns = {
            "model": measured.model,
            "measured_at": to_micros(measured.measured_at),
            "findings": json.dumps(to_plain(measured.findings)),
        }

        def work(connection: Connection) -> None:
            connection.execute(_REMOVE, {"name": measured.model})
            connection.execute(_ADD, columns)

        await self._database.transact(work)

    async def all(self) -> dict[str, Measured]:
        rows = await self._database.read(lambda connection: connection.execute(_ALL).all())
        return {row.model: _measured(row.model, row.measured_at, row.findings) for row in rows}


def _measured(model: str, micros: int, findings: str) -> Measured:
    try:
        found = from_plain(Findings, json.loads(findings))
    except ValueError as error:
        raise DatabaseError(
            f"The findings about {model} cannot be read: {error}.",
            hint=f"Measure it again: `archon models probe {model}`.",
        ) from error
    return Measured(model=model, measured_at=from_micros(micros), findings=found)
