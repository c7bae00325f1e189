"""What a model can do, as a value: assumed from a table, or measured by a probe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProfile:
    """What a model can do. A request's wish that the profile does not know is left out silently."""

    context_tokens: int
    """Prompt and reply together."""
    max_output_tokens: int
    takes_temperature: bool = True
    takes_schema: bool = False
    """Whether replies can be held to a JSON Schema by the provider."""
    takes_tools: bool = True
    takes_cache_marks: bool = False
    """Whether it keeps beginnings of prompts only where they are marked; others keep them unasked."""
    takes_thinking: bool = False
    """Whether it can think before it answers, on tokens that count as output."""
    takes_adaptive_thinking: bool = False
    """Whether it thinks before it answers only when it is asked to, as much as it sees fit."""
    wants_thoughts_back: bool = False
    """Chat completions only: whether what it thought before it called tools is sent to it again."""
    takes_effort: bool = False
    """Whether it can be told how hard to think."""
    takes_context_size: bool = False
    """Whether it reads as much as it is told to, so that a setting may say how much."""
    output_limit_field: str = "max_tokens"
    """Chat completions only: how the provider names the limit of the reply's length."""
    price_id: str = ""
    """Its name in the price list; empty where that is the model's own."""
