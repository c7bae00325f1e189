"""Events in their recorded form."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, get_args

from archon.domain.events import Body, Event, Unknown
from archon.domain.plain import from_plain, to_plain
from archon.domain.values import Json, JsonObject, TaskId

_KEY = re.compile(r"([0-9]{1,9}(\.[0-9]{1,9})*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    task_id: TaskId
    seq: int
    epoch: int
    scope: str
    key: str
    hash: str


_KINDS: dict[str, type[Any]] = {
    str(field.default): cls for cls in get_args(Body) for field in fields(cls) if field.name == "kind"
}


def body_to_json(body: Body) -> JsonObject:
    """The fields of a body without its kind, which is written beside them."""
    written = to_plain(body)
    del written["kind"]
    return written


def body_from_json(kind: str, written: JsonObject) -> Body:
    """The inverse of `body_to_json`; a kind of a newer version becomes `Unknown`.

    Raises: ValueError when the fields are not those of the kind.
    """
    cls = _KINDS.get(kind)
    if cls is None:
        return Unknown(payload={"kind": kind, **written})
    body: Body = from_plain(cls, written)
    return body


def event_to_json(event: Event) -> JsonObject:
    """The whole event as one object: a line of an export or of a stream."""
    return {
        "task_id": event.task_id,
        "seq": event.seq,
        "epoch": event.epoch,
        "at": event.at.isoformat(),
        "kind": event.body.kind,
        "scope": event.scope,
        "key": event.key,
        "hash": event.hash,
        "body": body_to_json(event.body),
    }


def event_from_json(value: Json) -> Event:
    """The inverse of `event_to_json`. Raises: ValueError when it is not an event."""
    match value:
        case {"kind": str(kind), "at": str(at), "body": dict(written)}:
            body, moment = body_from_json(kind, written), _moment(at)
            where = _checked(from_plain(_Place, value))
            return Event(
                task_id=where.task_id,
                seq=where.seq,
                epoch=where.epoch,
                at=moment,
                body=body,
                scope=where.scope,
                key=where.key,
                hash=where.hash,
            )
    raise ValueError("not an event")


def _moment(at: str) -> datetime:
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError(f"the time {at} without its zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"the time {at} is out of range") from error


def _checked(place: _Place) -> _Place:
    if not _KEY.fullmatch(place.key):
        raise ValueError(f"{place.key[:40]!r} is no effect's key")
    (place.task_id + place.scope + place.hash).encode()  # UnicodeEncodeError is a ValueError
    return place
