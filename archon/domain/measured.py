"""What a probe found out about a model, and how that refines what is assumed of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from archon.domain.profile import ModelProfile
from archon.domain.task import ModelChoice

LEAST_CONTEXT_TOKENS = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a model did when it was tried. None: it was not tried, or the trial said nothing."""

    reports_usage: bool | None = None
    obeys_system: bool | None = None
    reports_length: bool | None = None
    """Whether a reply that was cut at its limit says so."""
    writes_json: bool | None = None
    """In its text, when it is asked to in words."""
    takes_schema: bool | None = None
    """Whether a reply that a schema is sent with is of that schema, without a word about it."""
    writes_files: bool | None = None
    """Fenced files with their paths, as the agents that write code read them."""
    takes_tools: bool | None = None
    """Whether it calls tools as its provider defines them."""
    takes_parallel_tools: bool | None = None
    uses_tool_results: bool | None = None
    context_seen_tokens: int | None = None
    """The longest prompt that was tried and whose beginning it had seen."""
    context_lost_tokens: int | None = None
    """The shortest prompt whose beginning it had not seen, though it was within its context."""
    first_text_s: float | None = None
    tokens_per_s: float | None = None
    cost_microusd: int = 0
    """What the probe itself cost, at most."""
    price_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The findings about one model."""

    model: str
    """Its canonical model string: `provider/name`."""
    measured_at: datetime
    findings: Findings


def refine(choice: ModelChoice, measured: Measured) -> ModelChoice:
    """The choice with what was measured in the place of what was assumed.

    A context is only ever made smaller, and only where a shorter prompt had been seen whole: a probe
    does not go to the end of a large one, and a model that never finds anything lost nothing.
    """
    assumed = choice.profile or ModelProfile(
        context_tokens=choice.context_tokens,
        max_output_tokens=choice.max_output_tokens,
        takes_tools=choice.takes_tools,
    )
    found = measured.findings
    context = min(choice.context_tokens, _context(found, choice.context_tokens))
    profile = replace(
        assumed,
        takes_schema=_or(found.takes_schema, assumed.takes_schema),
        takes_tools=_or(found.takes_tools, assumed.takes_tools),
        context_tokens=min(assumed.context_tokens, context),
        max_output_tokens=min(assumed.max_output_tokens, context),
    )
    return replace(
        choice,
        profile=profile,
        context_tokens=context,
        max_output_tokens=min(choice.max_output_tokens, context),
        takes_tools=profile.takes_tools,
        measured_at=f"{measured.measured_at:%Y-%m-%d}",
    )


def _context(found: Findings, assumed: int) -> int:
    if found.context_seen_tokens is None or found.context_lost_tokens is None:
        return assumed
    return max(LEAST_CONTEXT_TOKENS, found.context_seen_tokens)


def _or(found: bool | None, assumed: bool) -> bool:
    return assumed if found is None else found
