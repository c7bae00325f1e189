"""The size of a context that parameters say."""

from __future__ import annotations

from dataclasses import replace

from archon.domain.task import ModelChoice
from archon.domain.values import JsonObject


def sized(choice: ModelChoice, parameters: JsonObject) -> ModelChoice:
    """The choice with the context that a parameter says, where the model reads as much as it is told to."""
    size = parameters.get("num_ctx")
    takes_size = choice.profile is not None and choice.profile.takes_context_size
    if not takes_size or not isinstance(size, int):
        return choice
    return replace(choice, context_tokens=size, max_output_tokens=min(choice.max_output_tokens, size))
