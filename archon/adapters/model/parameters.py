"""Which of a request's parameters a model takes; the protocols say them in their own words."""

from __future__ import annotations

from archon.domain.conversation import ModelRequest
from archon.domain.parameters import FIXED
from archon.domain.profile import ModelProfile
from archon.domain.values import JsonObject

SAMPLING = frozenset({"top_p", "top_k"})
"""What models refuse that take no temperature."""


def settled(request: ModelRequest, profile: ModelProfile) -> JsonObject:
    """The parameters without what the model cannot take, and without what the request says itself."""
    return {
        name: value for name, value in request.parameters.items() if _is_taken(name, value, request, profile)
    }


def _is_taken(name: str, value: object, request: ModelRequest, profile: ModelProfile) -> bool:
    if name in SAMPLING:
        return profile.takes_temperature
    if name == "effort":
        return profile.takes_effort
    if name == "response_format":
        needs_schema = isinstance(value, dict) and value.get("type") == "json_schema"
        return request.output_schema is None and (profile.takes_schema or not needs_schema)
    return name not in FIXED


def schema_of(parameters: JsonObject) -> JsonObject | None:
    """The schema that a `response_format` asks for; None where it asks for none."""
    form = parameters.get("response_format")
    inner = form.get("json_schema") if isinstance(form, dict) else None
    schema = inner.get("schema") if isinstance(inner, dict) else None
    return schema if isinstance(schema, dict) else None
