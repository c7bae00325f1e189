"""Which parameters a model takes, as far as its profile tells: all others are left out of requests."""

from __future__ import annotations

from archon.domain.profile import ModelProfile
from archon.domain.values import Json

SAMPLING = frozenset({"top_p", "top_k"})
"""What models refuse that take no temperature."""
TEMPERATURES = SAMPLING | {"temperature"}
THINKING = frozenset({"thinking", "think"})


def is_taken(name: str, value: Json, profile: ModelProfile) -> bool:
    """Whether a parameter of that value means something to a model of that profile."""
    if name == "response_format":
        needs_schema = isinstance(value, dict) and value.get("type") == "json_schema"
        return profile.takes_schema or not needs_schema
    if name in THINKING:
        return profile.takes_thinking
    if name in TEMPERATURES:
        return profile.takes_temperature
    return {"effort": profile.takes_effort, "num_ctx": profile.takes_context_size}.get(name, True)
