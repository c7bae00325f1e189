"""Which of a request's parameters a model takes; the protocols say them in their own words."""

from __future__ import annotations

from archon.domain.conversation import ModelRequest
from archon.domain.parameters import FIXED
from archon.domain.profile import ModelProfile
from archon.domain.taking import THINKING, is_taken
from archon.domain.values import Json, JsonObject

LEAST_BUDGET_TOKENS = 1_024
"""Of thinking: no less is taken, and only what is below max_tokens.

Source: docs.claude.com, "Extended thinking".
"""


def settled(request: ModelRequest, profile: ModelProfile) -> JsonObject:
    """The parameters without what the model cannot take, and without what the request says itself."""
    room = min(request.max_output_tokens, profile.max_output_tokens)
    return {
        name: _within_room(value, room) if name in THINKING else value
        for name, value in request.parameters.items()
        if _is_taken(name, value, request, profile)
    }


def _within_room(thinking: Json, room: int) -> Json:
    """A budget of thinking that leaves words to the answer: half of the reply where it would take it all."""
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    if not isinstance(thinking, dict) or not isinstance(budget, int) or budget < room:
        return thinking
    if room // 2 < LEAST_BUDGET_TOKENS:
        return {"type": "disabled"}
    return {**thinking, "budget_tokens": room // 2}


def _is_taken(name: str, value: Json, request: ModelRequest, profile: ModelProfile) -> bool:
    is_said = name in FIXED or (name == "response_format" and request.output_schema is not None)
    return not is_said and is_taken(name, value, profile)


def schema_of(parameters: JsonObject) -> JsonObject | None:
    """The schema that a `response_format` asks for; None where it asks for none."""
    form = parameters.get("response_format")
    inner = form.get("json_schema") if isinstance(form, dict) else None
    schema = inner.get("schema") if isinstance(inner, dict) else None
    return schema if isinstance(schema, dict) else None
