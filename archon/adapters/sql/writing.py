"""The transactions that add events to a task; each runs whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update

from archon.adapters.sql.account import settle
from archon.adapters.sql.blobs import Compressed, compress, keep
from archon.adapters.sql.compiled import Compiled
from archon.adapters.sql.payloads import Packed, pack
from archon.adapters.sql.rows import (
    add_events,
    find_task,
    get_task,
    read_events,
    task_columns,
    to_micros,
    to_task,
)
from archon.adapters.sql.schema import tasks
from archon.domain.errors import Conflict, QueueFull
from archon.domain.event_json import body_to_json
from archon.domain.events import Body, Claimed, Draft, Event
from archon.domain.row import TaskRow, advance, begin, charge_of, numbered, refusal
from archon.domain.task import Status
from archon.domain.values import Digest, OwnerId, TaskId

DOOR = 0
"""The epoch of those who write without a lease."""

_ACTIVE = [Status.QUEUED.value, Status.RUNNING.value]

_GOES_ON = [tasks.c.status != status.value for status in Status if status.is_final]
_TAKE = (
    update(tasks)
    .where(tasks.c.id == bindparam("task"), *_GOES_ON)
    .values(last_seq=tasks.c.last_seq + bindparam("count"), updated_at=bindparam("now"))
    .returning(*tasks.c)
)
_HAS_LEASE = tasks.c.lease_epoch == bindparam("epoch")
_HAS_NOT_MOVED = tasks.c.last_seq == bindparam("expected")
_TAKE_NUMBERS = {
    (is_leased, is_expected): Compiled(
        _TAKE.where(*([_HAS_LEASE] if is_leased else []), *([_HAS_NOT_MOVED] if is_expected else []))
    )
    for is_leased in (False, True)
    for is_expected in (False, True)
}
"""By whether the lease has to be held, and whether nobody may have written since."""
_PROJECTED = tuple(column.name for column in tasks.c if column.name not in {"id", "last_seq"})
_PROJECT = Compiled(
    update(tasks)
    .where(tasks.c.id == bindparam("task"))
    .values({name: bindparam(f"new_{name}") for name in _PROJECTED})
)
_ADD_TASK = Compiled(insert(tasks))
_COUNT_ACTIVE = select(func.count()).select_from(tasks).where(tasks.c.status.in_(_ACTIVE))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Events' bodies and blobs in the form they are kept in, made before the transaction starts."""

    payloads: tuple[Packed, ...]
    values: Mapping[Digest, Compressed]


def prepare(bodies: Iterable[Body], blobs: Mapping[Digest, bytes]) -> Prepared:
    """Raises: InvalidInput for a value that is too large to be kept."""
    payloads = tuple(pack(body_to_json(body)) for body in bodies)
    strings = {sha256: data for packed in payloads for sha256, data in packed.strings.items()}
    return Prepared(payloads, compress({**blobs, **strings}))


def append(
    connection: Connection,
    task_id: TaskId,
    drafts: Sequence[Draft],
    prepared: Prepared,
    *,
    epoch: int,
    expect_seq: int | None,
    at: datetime,
) -> list[Event]:
    """Raises: LeaseLost; Conflict; NotFound."""
    row = _take_numbers(connection, task_id, len(drafts), epoch=epoch, expect_seq=expect_seq, at=at)
    events = numbered(drafts, task_id=task_id, after=row.last_seq, epoch=epoch, at=at)
    _add(connection, row, events, prepared)
    return events


def create(
    connection: Connection,
    task_id: TaskId,
    drafts: Sequence[Draft],
    prepared: Prepared,
    *,
    owner: OwnerId | None,
    max_active: int | None,
    at: datetime,
) -> TaskRow:
    """Raises: Conflict; QueueFull."""
    if find_task(connection, task_id) is not None:
        raise Conflict(f"There is a task {task_id} already.")
    active = connection.scalar(_COUNT_ACTIVE) if max_active is not None else 0
    if max_active is not None and active is not None and active >= max_active:
        raise QueueFull(f"{active} tasks are queued or running.", hint="Try again when one has ended.")
    events = numbered(drafts, task_id=task_id, after=0, epoch=DOOR, at=at)
    row = begin(events[0])
    _ADD_TASK.run(connection, task_columns(row))
    _keep(connection, task_id, events, prepared)
    if owner is None:
        return row
    claim(connection, task_id, owner, from_epoch=0, at=at)
    return get_task(connection, task_id)


def claim(connection: Connection, task_id: TaskId, owner: OwnerId, *, from_epoch: int, at: datetime) -> Event:
    """Raises: Conflict; NotFound."""
    numbers = {"task": task_id, "count": 1, "now": to_micros(at), "epoch": from_epoch}
    taken = _TAKE_NUMBERS[True, False].first(connection, numbers)
    if taken is None:
        row = get_task(connection, task_id)
        raise refusal(row, epoch=DOOR) or Conflict(f"Task {task_id} was claimed by another runner.")
    row = replace(to_task(taken), last_seq=taken.last_seq - 1)
    drafts = [Draft(body=Claimed(owner=owner))]
    events = numbered(drafts, task_id=task_id, after=row.last_seq, epoch=from_epoch + 1, at=at)
    _add(connection, row, events, prepare([drafts[0].body], {}))
    return events[0]


def take_in(connection: Connection, row: TaskRow, events: Sequence[Event], prepared: Prepared) -> TaskRow:
    """Raises: Conflict when the id belongs to another task."""
    stored = find_task(connection, row.id)
    if stored is None:
        _ADD_TASK.run(connection, task_columns(row))
        _keep(connection, row.id, events, prepared)
        return row
    if read_events(connection, row.id, limit=len(events)) != list(events):
        raise Conflict(f"There is another task {row.id}.")
    return stored


def _take_numbers(
    connection: Connection, task_id: TaskId, count: int, *, epoch: int, expect_seq: int | None, at: datetime
) -> TaskRow:
    """The task's row before the new events, whose numbers are this transaction's from here on."""
    numbers = {"task": task_id, "count": count, "now": to_micros(at), "epoch": epoch, "expected": expect_seq}
    taken = _TAKE_NUMBERS[epoch != DOOR, expect_seq is not None].first(connection, numbers)
    if taken is None:
        row = get_task(connection, task_id)
        raise refusal(row, epoch=epoch, expect_seq=expect_seq) or Conflict(f"Task {task_id} is busy.")
    return replace(to_task(taken), last_seq=taken.last_seq - count)


def _add(connection: Connection, row: TaskRow, events: Sequence[Event], prepared: Prepared) -> None:
    _keep(connection, row.id, events, prepared)
    after = row
    for event in events:
        after = advance(after, event)
        charge = charge_of(event)
        if charge is not None:
            after = settle(connection, after, charge, at=event.at)
    if after != replace(row, last_seq=after.last_seq):
        columns = task_columns(after)
        _PROJECT.run(connection, {"task": row.id} | {f"new_{name}": columns[name] for name in _PROJECTED})


def _keep(connection: Connection, task_id: TaskId, events: Sequence[Event], prepared: Prepared) -> None:
    add_events(connection, events, prepared.payloads)
    if events:
        keep(connection, task_id, prepared.values, now=to_micros(events[0].at))
