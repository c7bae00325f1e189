"""Whether a model really sees the beginning of a long prompt: a word is hidden there and asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from archon.domain.conversation import ModelRequest, Usage, user
from archon.domain.credible import is_prompt_credible, read_tokens
from archon.domain.errors import BudgetExhausted, ModelRefusedRequest
from archon.domain.measured import Findings
from archon.domain.tokens import count_upper_bound
from archon.services.probing.purse import Purse
from archon.services.probing.subject import Reply, Subject

WORD = "juniper-QXK"
FIRST_BYTES = 2_000
"""A prompt so short that every model sees all of it; it also shows how many bytes a token has."""
MOST_BYTES_PER_TOKEN = 2.0
"""Of single digits with blanks between: each is a token in the best case, whatever a provider reports."""
MOST_TRIES = 4
SPARE_TOKENS = 64
CUT_SHARE = 0.8
"""A prompt of which fewer of its tokens were read than this was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One prompt and what came of it."""

    tokens: int
    """As reported, or else as estimated."""
    is_seen: bool
    is_cut: bool
    """Whether it was refused, or less of it was read than was sent, as far as anybody can tell."""


async def context(subject: Subject, found: Findings, purse: Purse, *, longest_tokens: int) -> Findings:
    """Tries a short prompt, then one near the context, then halves of that until its beginning is seen.

    Raises: ModelError and its kinds; BudgetExhausted where not even the short prompt can be paid.
    """
    first = await _ask(subject, FIRST_BYTES)
    if not first or WORD.lower() not in first.text.lower():
        return found
    if not _is_credible(first, FIRST_BYTES):
        return found
    per_token = _bytes_per_token(first.response.usage)
    untried, found = found, replace(found, context_seen_tokens=int(FIRST_BYTES / per_token))
    room = subject.choice.context_tokens - subject.output_tokens - SPARE_TOKENS
    size = min(int(min(room, longest_tokens) * per_token * 0.95), _affordable_bytes(subject, purse))
    for _ in range(MOST_TRIES):
        if size <= FIRST_BYTES:
            break
        try:
            trial = await _try(subject, size, per_token)
        except BudgetExhausted:
            # What was lost is worth nothing without a longer prompt that was seen.
            return replace(found, context_lost_tokens=None)
        if trial is None:
            return untried
        if trial.is_seen:
            return replace(found, context_seen_tokens=trial.tokens)
        if trial.is_cut:
            found = replace(found, context_lost_tokens=trial.tokens)
        size //= 2
    return found


async def _try(subject: Subject, size_bytes: int, per_token: float) -> Trial | None:
    """None where the provider counts what cannot be."""
    sent = int(size_bytes / per_token)
    reply = await _ask(subject, size_bytes)
    if reply is None:
        return Trial(tokens=sent, is_seen=False, is_cut=True)
    usage = reply.response.usage
    read = sent if usage.is_estimated else read_tokens(usage)
    is_seen = WORD.lower() in reply.text.lower()
    if not _is_credible(reply, size_bytes) and (is_seen or read > sent):
        return None
    is_cut = not is_seen and (usage.is_estimated or read < sent * CUT_SHARE)
    return Trial(tokens=read if is_seen else sent, is_seen=is_seen, is_cut=is_cut)


def _is_credible(reply: Reply, size_bytes: int) -> bool:
    usage = reply.response.usage
    return usage.is_estimated or is_prompt_credible(_request(size_bytes), usage)


def _bytes_per_token(usage: Usage) -> float:
    if usage.is_estimated:
        return MOST_BYTES_PER_TOKEN
    return min(MOST_BYTES_PER_TOKEN, FIRST_BYTES / read_tokens(usage))


async def _ask(subject: Subject, size_bytes: int) -> Reply | None:
    """The answer; None when the prompt was refused."""
    try:
        return await subject.ask(_prompt(size_bytes))
    except ModelRefusedRequest:
        return None


def _prompt(size_bytes: int) -> str:
    """The word, digits that mean nothing, and the question; that many bytes of digits."""
    digits = random.Random(size_bytes)  # noqa: S311 - filler, the same every time
    filler = " ".join(digits.choice("0123456789") for _ in range(size_bytes // 2))
    return (
        f"The secret word is {WORD}. After it come numbers that mean nothing.\n\n{filler}\n\n"
        "What is the secret word that stands before the numbers? Answer with the word alone."
    )


def _affordable_bytes(subject: Subject, purse: Purse) -> int:
    """How many bytes of digits the purse covers, each counted as a token."""
    return purse.affordable_input_tokens(subject.output_tokens) - count_upper_bound(_request(0))


def _request(size_bytes: int) -> ModelRequest:
    return ModelRequest(role="probe", model="", system=(), messages=(user(_prompt(size_bytes)),))
