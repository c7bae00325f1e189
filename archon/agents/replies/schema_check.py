"""Holds a value to its JSON Schema, and says in which place and why it does not fit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archon.agents.replies.lenient import Problem
from archon.domain.values import Json, JsonObject

_MAX_REASONS = 5


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer. Source: RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def violation(value: Json, schema: JsonObject) -> Problem | None:
    """The first place where a value breaks its schema (draft 2020-12), with up to five reasons."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import relevance

    errors = sorted(Draft202012Validator(schema).iter_errors(value), key=relevance, reverse=True)
    errors.sort(key=_is_missing, reverse=True)
    if not errors:
        return None
    places = [(_place(error), error.message) for error in errors]
    required = next(
        (place for place, error in zip(places, errors, strict=True) if _is_missing(error)), places[0]
    )
    ordered = [required, *(place for place in places if place is not required)]
    reasons = [
        f"{pointer(path) or 'the object'}: {message[:300]}" for path, message in ordered[:_MAX_REASONS]
    ]
    return Problem(required[0], "; ".join(reasons))


def _is_missing(error: Any) -> bool:
    return bool(error.validator == "required")


def _place(error: Any) -> tuple[str | int, ...]:
    """Where the error is: for a missing or unexpected key, that key."""
    path = tuple(error.absolute_path)
    if _is_missing(error):
        return (*path, *(key for key in error.validator_value if f"'{key}' is" in error.message))
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        extra = [key for key in error.instance if key not in error.schema.get("properties", {})]
        return (*path, *extra[:1])
    return path
