"""What was measured takes the place of what was assumed, and never makes a model larger than it is."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from archon.domain.measured import LEAST_CONTEXT_TOKENS, Findings, Measured, refine
from archon.domain.plain import from_plain, to_plain
from archon.domain.profile import ModelProfile
from archon.domain.task import ModelChoice
from tests.builders.specs import choice

ASSUMED = ModelProfile(context_tokens=8_192, max_output_tokens=4_096, takes_tools=True, takes_schema=False)
CHOICE = choice(profile=ASSUMED, context_tokens=8_192, max_output_tokens=4_096, takes_tools=True)


def refined(**found: bool | int | float | None) -> ModelChoice:
    findings = from_plain(Findings, {**to_plain(Findings()), **found})
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return refine(CHOICE, Measured(model="ollama/m", measured_at=at, findings=findings))


def test_what_was_found_counts_and_what_was_not_tried_stays() -> None:
    found = refined(takes_tools=False, takes_schema=True)
    assert found.profile and (found.takes_tools, found.profile.takes_tools) == (False, False)
    assert found.profile.takes_schema
    assert found.measured_at == "2026-03-01"
    assert refined().profile == ASSUMED


def test_a_context_whose_beginning_is_lost_is_taken_for_what_was_seen() -> None:
    cut = refined(context_seen_tokens=2_000, context_lost_tokens=4_000)
    assert cut.profile and (cut.context_tokens, cut.profile.context_tokens) == (2_000, 2_000)
    assert (cut.max_output_tokens, cut.profile.max_output_tokens) == (2_000, 2_000)


def test_a_model_that_found_nothing_at_all_has_lost_nothing() -> None:
    assert refined(context_lost_tokens=4_000).context_tokens == 8_192


tokens = st.none() | st.integers(1, 100_000)


@given(tokens, tokens)
def test_a_probe_never_makes_a_context_larger(seen: int | None, lost: int | None) -> None:
    found = refined(context_seen_tokens=seen, context_lost_tokens=lost)
    assert LEAST_CONTEXT_TOKENS <= found.context_tokens <= CHOICE.context_tokens
    assert found.max_output_tokens <= found.context_tokens


def test_a_choice_survives_being_written_down() -> None:
    found = refined(takes_tools=False)
    assert from_plain(ModelChoice, to_plain(found)) == found
