"""Decodes values that a reply gives as encoded JSON, where the schema wants the value itself."""

from __future__ import annotations

from archon.agents.replies.strict import decoded
from archon.domain.values import Json, JsonObject

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "number": (int, float), "integer": (int, float), "boolean": bool,
}  # fmt: skip


def decode_where_wanted(value: Json, schema: JsonObject, root: JsonObject | None = None) -> Json:
    """The value with strings replaced by the JSON they spell, where the schema allows no string.

    Nothing is lost: `"8.5"` becomes 8.5 where a number is wanted, `"1,50"` or `"yes"` stay what they are.
    """
    root = schema if root is None else root
    here = _resolved(schema, root)
    if isinstance(value, str):
        wanted = _wanted_types(here, root)
        if "null" in wanted and "string" not in wanted and value.strip() == "null":
            return None
        inner = decoded(value) if wanted and "string" not in wanted else None
        return decode_where_wanted(inner, here, root) if _is_of(inner, wanted) else value
    if isinstance(value, dict):
        return {key: decode_where_wanted(item, _member(here, key), root) for key, item in value.items()}
    if isinstance(value, list):
        items = here.get("items")
        return [decode_where_wanted(item, items if isinstance(items, dict) else {}, root) for item in value]
    return value


def _member(schema: JsonObject, key: str) -> JsonObject:
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    member = properties.get(key) if isinstance(properties, dict) else None
    chosen = member if member is not None else others
    return chosen if isinstance(chosen, dict) else {}


def _wanted_types(schema: JsonObject, root: JsonObject) -> set[str]:
    """The types a schema allows; empty when it does not say, or lists the values themselves."""
    branches = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(branches, list):
        types = [_wanted_types(_resolved(b, root), root) for b in branches if isinstance(b, dict)]
        return set().union(*types) if all(types) else set()
    if "enum" in schema or "const" in schema:
        return set()
    given = schema.get("type")
    return (
        {given}
        if isinstance(given, str)
        else {str(name) for name in given or ()}
        if isinstance(given, list)
        else set()
    )


def _is_of(value: Json, wanted: set[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, _TYPES[name]) for name in wanted & _TYPES.keys() - {"boolean"})


def _resolved(schema: JsonObject, root: JsonObject) -> JsonObject:
    """A schema behind a reference within the document, such as `#/$defs/Issue`."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    target: Json = root
    for part in reference[2:].split("/"):
        target = target.get(part) if isinstance(target, dict) else None
    return target if isinstance(target, dict) else {}
