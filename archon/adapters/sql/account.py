"""The money of a task: set aside before each attempt, settled with the event that bills it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from archon.adapters.sql.compiled import Compiled
from archon.adapters.sql.rows import get_task, to_micros
from archon.adapters.sql.schema import reservations, tasks
from archon.domain.errors import Conflict, LeaseLost
from archon.domain.events import Charge
from archon.domain.row import TaskRow
from archon.domain.values import TaskId
from archon.ports.journal import Reservation

_HELD = tasks.c.spent_microusd + tasks.c.reserved_microusd
_HELD_TOKENS = tasks.c.unpriced_tokens + tasks.c.unpriced_reserved_tokens
_SET_ASIDE = Compiled(
    update(tasks)
    .where(
        tasks.c.id == bindparam("task"),
        tasks.c.lease_epoch == bindparam("epoch"),
        _HELD + bindparam("worst") <= tasks.c.limit_microusd,
        or_(
            bindparam("tokens") == 0,
            tasks.c.unpriced_token_limit.is_(None),
            _HELD_TOKENS + bindparam("tokens") <= tasks.c.unpriced_token_limit,
        ),
    )
    .values(
        reserved_microusd=tasks.c.reserved_microusd + bindparam("worst"),
        unpriced_reserved_tokens=tasks.c.unpriced_reserved_tokens + bindparam("tokens"),
    )
)
_ADD = Compiled(insert(reservations))
_KNOWN = Compiled(select(reservations.c.id).where(reservations.c.id == bindparam("reservation")))
_SETTLE = Compiled(
    update(reservations)
    .where(reservations.c.id == bindparam("reservation"), reservations.c.settled_at.is_(None))
    .values(settled_at=bindparam("now"))
    .returning(reservations.c.worst_microusd, reservations.c.unpriced_tokens)
)
_OPEN = Compiled(
    select(reservations)
    .where(reservations.c.task_id == bindparam("task"), reservations.c.settled_at.is_(None))
    .order_by(reservations.c.created_at, reservations.c.id)
)


def reserve(connection: Connection, task_id: TaskId, reservation: Reservation, *, at: datetime) -> bool:
    """Whether the limits allowed it. Raises: LeaseLost; NotFound; Conflict when the id was used before."""
    if _KNOWN.first(connection, {"reservation": reservation.id}) is not None:
        raise Conflict(f"There is a reservation {reservation.id} already.")
    asked = {
        "task": task_id,
        "epoch": reservation.epoch,
        "worst": reservation.worst_microusd,
        "tokens": reservation.unpriced_tokens,
    }
    if not _SET_ASIDE.run(connection, asked):
        if get_task(connection, task_id).lease_epoch != reservation.epoch:
            raise LeaseLost(f"Task {task_id} was taken over by another runner.")
        return False
    _record(connection, task_id, reservation, at=at, settled_at=None)
    return True


def settle(connection: Connection, row: TaskRow, charge: Charge, *, at: datetime) -> TaskRow:
    """The row after the charge, which counts once; one outside any reservation counts each time."""
    freed = freed_tokens = 0
    if charge.reservation_id:
        now = {"reservation": charge.reservation_id, "now": to_micros(at)}
        settled = _SETTLE.first(connection, now)
        if settled is not None:
            freed, freed_tokens = settled.worst_microusd, settled.unpriced_tokens
        elif _KNOWN.first(connection, {"reservation": charge.reservation_id}) is not None:
            return row
        else:
            stray = Reservation(id=charge.reservation_id, worst_microusd=0, epoch=0, model=charge.model)
            _record(connection, row.id, stray, at=at, settled_at=at)
    return replace(
        row,
        spent_microusd=row.spent_microusd + charge.cost_microusd,
        reserved_microusd=row.reserved_microusd - freed,
        unpriced_microusd=row.unpriced_microusd + (0 if charge.price_known else charge.cost_microusd),
        unpriced_tokens=row.unpriced_tokens + charge.unpriced_tokens,
        unpriced_reserved_tokens=row.unpriced_reserved_tokens - freed_tokens,
    )


def open_reservations(connection: Connection, task_id: TaskId) -> list[Reservation]:
    """Raises: NotFound."""
    get_task(connection, task_id)
    return [
        Reservation(
            id=row.id,
            worst_microusd=row.worst_microusd,
            epoch=row.epoch,
            model=row.model,
            unpriced_tokens=row.unpriced_tokens,
        )
        for row in _OPEN.all(connection, {"task": task_id})
    ]


def _record(
    connection: Connection,
    task_id: TaskId,
    reservation: Reservation,
    *,
    at: datetime,
    settled_at: datetime | None,
) -> None:
    _ADD.run(
        connection,
        {
            "id": reservation.id,
            "task_id": task_id,
            "epoch": reservation.epoch,
            "model": reservation.model,
            "worst_microusd": reservation.worst_microusd,
            "unpriced_tokens": reservation.unpriced_tokens,
            "created_at": to_micros(at),
            "settled_at": None if settled_at is None else to_micros(settled_at),
        },
    )
