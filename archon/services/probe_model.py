"""Measures what a model can do with about a dozen small calls, and keeps what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archon.domain.conversation import CallRef
from archon.domain.events import FellBack, Retrying
from archon.domain.measured import Findings, Measured
from archon.domain.profile import ModelProfile
from archon.domain.task import ModelChoice
from archon.engine.models.news import Tell
from archon.engine.models.retrying import RetryingModel
from archon.services.platform import Platform
from archon.services.probing.context import context
from archon.services.probing.purse import PaidModel, Purse
from archon.services.probing.subject import Subject, Watched
from archon.services.probing.trials import TRIALS

DEFAULT_LIMIT_MICROUSD = 50_000
LONGEST_TOKENS = 32_000
"""How long a prompt is tried at most, unless more is asked for."""
MOST_RETRIES = 2


async def probe_model(
    platform: Platform,
    name: str,
    *,
    limit_microusd: int = DEFAULT_LIMIT_MICROUSD,
    longest_tokens: int = LONGEST_TOKENS,
    tell: Callable[[str], None] = lambda line: None,
) -> Measured:
    """Try the model with everything, and store the findings; nothing is stored unless all went through.

    `tell` hears a line before each trial, and before each wait for another attempt. `longest_tokens` of 0
    leaves the context untried. The probe spends no more than `limit_microusd`: the worst case of each
    call is held against it beforehand.

    Raises: NoModelConfigured; ConfigurationError; ModelError and its kinds when the model could not be
    had; BudgetExhausted; DatabaseError.
    """
    model = platform.directory.canonical(name)
    choice = platform.catalog.describe(name, why="to be measured")
    purse = Purse(choice, limit_microusd, platform.limits.unpriced_tokens)
    policy = replace(platform.retry, max_retries=min(MOST_RETRIES, platform.retry.max_retries))
    paid = PaidModel(inner=platform.models.open(name, _willing(choice)), purse=purse)
    watched = Watched(paid, platform.clock)
    patient = RetryingModel(inner=watched, policy=policy, clock=platform.clock, tell=_telling(tell))
    subject = Subject(choice, patient, watched, platform.clock)
    found = Findings()
    count = len(TRIALS) + (1 if longest_tokens else 0)
    for number, trial in enumerate(TRIALS, start=1):
        tell(f"{number}/{count} {trial.label} …")
        found = await trial.run(subject, found)
    if longest_tokens:
        tell(f"{count}/{count} context …")
        found = await context(subject, found, purse, longest_tokens=longest_tokens)
    found = replace(found, cost_microusd=purse.spent_microusd, price_known=choice.price.is_known)
    measured = Measured(model=model, measured_at=platform.clock.now(), findings=found)
    await platform.measurements.store(measured)
    return measured


def _telling(tell: Callable[[str], None]) -> Tell:
    async def told(news: Retrying | FellBack, _: CallRef) -> None:
        if isinstance(news, Retrying):
            tries = f"retry {news.retry} of {news.max_retries}"
            tell(f"  {news.problem.message}")
            tell(f"  asking again in {news.wait_s:.1f} s ({tries}) …")

    return told


def _willing(choice: ModelChoice) -> ModelProfile:
    """The model's profile without the doubts: what it is not thought to take is sent to it all the same."""
    assumed = choice.profile or ModelProfile(
        context_tokens=choice.context_tokens, max_output_tokens=choice.max_output_tokens
    )
    return replace(assumed, takes_tools=True, takes_schema=True, context_tokens=choice.context_tokens)
