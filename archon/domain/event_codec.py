"""Events as JSON: the one written form, for the database, exports and streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, cast, get_args

from archon.domain.events import Body, Charge, Event, Problem, Unknown
from archon.domain.task import FailureReason, ModelChoice, Price, TaskSpec
from archon.domain.values import Json, JsonObject, TaskId

_CLASSES: dict[str, type[Any]] = {
    cls.__dataclass_fields__["kind"].default: cls for cls in get_args(Body) if cls is not Unknown
}


def body_to_json(body: Body) -> JsonObject:
    """The body's fields without its kind, which is kept beside it."""
    if isinstance(body, Unknown):
        return body.payload
    return {name: value for name, value in _fields(body).items() if name != "kind"}


def body_from_json(kind: str, payload: JsonObject) -> Body:
    """The inverse of `body_to_json`. Fields that this version does not know are left out.

    A kind that it does not know becomes `Unknown`. Raises: ValueError for a payload that lacks a field.
    """
    cls = _CLASSES.get(kind)
    if cls is None:
        return Unknown(payload=payload)
    return cast("Body", _build(cls, payload))


def event_to_json(event: Event) -> JsonObject:
    return {
        "task_id": event.task_id,
        "seq": event.seq,
        "epoch": event.epoch,
        "at": event.at.isoformat(),
        "kind": event.body.kind,
        "scope": event.scope,
        "key": event.key,
        "hash": event.hash,
        "payload": body_to_json(event.body),
    }


def event_from_json(value: Json) -> Event:
    """Raises: ValueError when it is no event."""
    match value:
        case {
            "task_id": str(task_id),
            "seq": int(seq),
            "epoch": int(epoch),
            "at": str(at),
            "kind": str(kind),
            "scope": str(scope),
            "key": str(key),
            "hash": str(hash_),
            "payload": dict(payload),
        }:
            return Event(
                task_id=TaskId(task_id),
                seq=seq,
                epoch=epoch,
                at=datetime.fromisoformat(at),
                body=body_from_json(kind, payload),
                scope=scope,
                key=key,
                hash=hash_,
            )
    raise ValueError("not an event")


def _fields(value: Any) -> JsonObject:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Json:
    """JSON values pass as they are; only our own values are taken apart."""
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, Enum):
        return cast("Json", value.value)
    if isinstance(value, dict) and any(is_dataclass(item) for item in value.values()):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return cast("Json", value)


def _build(cls: type[Any], payload: JsonObject) -> Any:
    known = {field.name for field in fields(cls)}
    arguments: dict[str, Any] = {
        name: _NESTED[name](value) if name in _NESTED and value is not None else value
        for name, value in payload.items()
        if name in known
    }
    try:
        return cls(**arguments)
    except TypeError as error:
        raise ValueError(f"not a {cls.__name__}: {error}") from error


def _part(cls: type[Any]) -> Callable[[Any], Any]:
    return lambda value: _build(cls, value)


def _models(value: Any) -> dict[str, ModelChoice]:
    return {role: _build(ModelChoice, choice) for role, choice in value.items()}


def _reason(value: Any) -> Any:
    """A reason of a newer version stays what it is: text."""
    return FailureReason(value) if value in set(FailureReason) else value


_NESTED: dict[str, Callable[[Any], Any]] = {
    "spec": _part(TaskSpec),
    "charge": _part(Charge),
    "problem": _part(Problem),
    "price": _part(Price),
    "models": _models,
    "reason": _reason,
}
"""Field name → how its value is built; the names mean the same wherever they occur in events."""
