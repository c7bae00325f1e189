"""Rows of tables as values of the domain, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from archon.adapters.sql.blobs import load
from archon.adapters.sql.compiled import Compiled
from archon.adapters.sql.payloads import Packed, named, unpack
from archon.adapters.sql.schema import events, tasks
from archon.adapters.sql.squeezing import restore, squeeze
from archon.domain.errors import DatabaseError, NotFound
from archon.domain.event_json import body_from_json
from archon.domain.events import Event
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import Digest, OwnerId, TaskId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_EVERYTHING = 2**31 - 1

_TASK = Compiled(select(tasks).where(tasks.c.id == bindparam("task")))
_ADD_EVENTS = Compiled(insert(events))
_EVENTS = (
    select(events)
    .where(events.c.task_id == bindparam("task"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most"))
)


def to_micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def to_task(row: Any) -> TaskRow:
    return TaskRow(
        id=TaskId(row.id),
        status=Status(row.status),
        reason=row.reason,
        objective=row.objective,
        workflow=row.workflow,
        step=row.step,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
        last_seq=row.last_seq,
        lease_epoch=row.lease_epoch,
        lease_owner=None if row.lease_owner is None else OwnerId(row.lease_owner),
        limit_microusd=row.limit_microusd,
        spent_microusd=row.spent_microusd,
        reserved_microusd=row.reserved_microusd,
        unpriced_microusd=row.unpriced_microusd,
        unpriced_tokens=row.unpriced_tokens,
        unpriced_reserved_tokens=row.unpriced_reserved_tokens,
        unpriced_token_limit=row.unpriced_token_limit,
    )


def task_columns(row: TaskRow) -> dict[str, object]:
    return {
        "id": row.id,
        "status": row.status.value,
        "reason": row.reason,
        "objective": row.objective,
        "workflow": row.workflow,
        "step": row.step,
        "created_at": to_micros(row.created_at),
        "updated_at": to_micros(row.updated_at),
        "last_seq": row.last_seq,
        "lease_epoch": row.lease_epoch,
        "lease_owner": row.lease_owner,
        "limit_microusd": row.limit_microusd,
        "spent_microusd": row.spent_microusd,
        "reserved_microusd": row.reserved_microusd,
        "unpriced_microusd": row.unpriced_microusd,
        "unpriced_tokens": row.unpriced_tokens,
        "unpriced_reserved_tokens": row.unpriced_reserved_tokens,
        "unpriced_token_limit": row.unpriced_token_limit,
    }


def find_task(connection: Connection, task_id: TaskId) -> TaskRow | None:
    row = _TASK.first(connection, {"task": task_id})
    return None if row is None else to_task(row)


def get_task(connection: Connection, task_id: TaskId) -> TaskRow:
    """Raises: NotFound."""
    row = find_task(connection, task_id)
    if row is None:
        raise NotFound(f"There is no task {task_id}.", hint="`archon tasks` lists them.")
    return row


def add_events(connection: Connection, new: Sequence[Event], payloads: Sequence[Packed]) -> None:
    columns = [
        {
            "task_id": event.task_id,
            "seq": event.seq,
            "epoch": event.epoch,
            "at": to_micros(event.at),
            "kind": event.body.kind,
            "scope": event.scope,
            "key": event.key,
            "hash": event.hash,
            "payload": "",
            "squeezed": squeeze(payload.text),
        }
        for event, payload in zip(new, payloads, strict=True)
    ]
    if columns:
        _ADD_EVENTS.run_each(connection, columns)


def read_events(
    connection: Connection, task_id: TaskId, *, after: int = 0, limit: int | None = None
) -> list[Event]:
    """Events in order with their long strings in place. Raises: NotFound; DatabaseError."""
    most = _EVERYTHING if limit is None else limit
    rows = connection.execute(_EVENTS, {"task": task_id, "after": after, "most": most}).all()
    if not rows:
        get_task(connection, task_id)
    payloads = [*map(_payload, rows)]
    strings = load(connection, frozenset[Digest]().union(*map(named, payloads)))
    return [_to_event(row, payload, strings) for row, payload in zip(rows, payloads, strict=True)]


def _payload(row: Row[Any]) -> str:
    try:
        return str(row.payload) if row.squeezed is None else restore(row.squeezed)
    except ValueError as error:
        raise _unreadable(row, error) from error


def _to_event(row: Row[Any], payload: str, strings: dict[Digest, bytes]) -> Event:
    try:
        body = body_from_json(row.kind, unpack(payload, strings.__getitem__))
    except (ValueError, KeyError) as error:
        raise _unreadable(row, error) from error
    return Event(
        task_id=TaskId(row.task_id),
        seq=row.seq,
        epoch=row.epoch,
        at=from_micros(row.at),
        body=body,
        scope=row.scope,
        key=row.key,
        hash=row.hash,
    )


def _unreadable(row: Row[Any], error: Exception) -> DatabaseError:
    return DatabaseError(
        f"Event {row.seq} of task {row.task_id} cannot be read: {error}.",
        hint="It was written by a newer version of Archon, or the database is damaged.",
    )
