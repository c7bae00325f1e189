"""JSON Schemas as strict providers take them."""

from __future__ import annotations

from archon.domain.values import Json, JsonObject

UNSUPPORTED = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
    }
)
"""Keywords that Anthropic answers with a 400. Source: its documentation of structured outputs."""
NAMED = frozenset({"properties", "$defs", "definitions"})
"""Keywords whose members are names of the schema's author, each with a schema."""
DATA = frozenset({"const", "default", "enum", "examples"})


def closed(schema: JsonObject) -> JsonObject:
    """The schema with every object closed and without the keywords that constrain values.

    What it lets through is for the reader of the reply to check, as for every provider.
    """
    narrowed: JsonObject = {}
    for keyword, value in schema.items():
        if keyword in DATA:
            narrowed[keyword] = value
        elif keyword in NAMED and isinstance(value, dict):
            narrowed[keyword] = {name: _inner(each) for name, each in value.items()}
        elif keyword not in UNSUPPORTED:
            narrowed[keyword] = _inner(value)
    if schema.get("type") == "object" or "properties" in schema:
        narrowed["additionalProperties"] = False
    return narrowed


def _inner(value: Json) -> Json:
    if isinstance(value, dict):
        return closed(value)
    if isinstance(value, list):
        return [_inner(each) for each in value]
    return value
