"""Task specifications and model choices for tests that care about one field of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archon.domain.task import FREE, ModelChoice, Price, TaskSpec

DEAR = Price(input=3_000_000, output=15_000_000, cache_read=300_000, cache_write=3_750_000)
"""Micro-dollars per million tokens, as a strong model's."""

CHOICE = ModelChoice(name="m", price=FREE, context_tokens=1_000_000, max_output_tokens=1_000, why="a test")

SPEC = TaskSpec(
    objective="Add the numbers from 1 to 10 and print the sum.",
    workflow="script",
    models=dict.fromkeys(("planner", "coder", "fixer"), CHOICE),
    max_rounds=3,
    run_timeout_s=10.0,
    budget_microusd=500_000,
    output_directory="/nowhere",
)


def spec(**fields: Any) -> TaskSpec:
    """A task's specification with these fields."""
    return replace(SPEC, **fields)


def choice(**fields: Any) -> ModelChoice:
    """A model with these fields."""
    return replace(CHOICE, **fields)
