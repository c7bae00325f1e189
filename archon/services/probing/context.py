"""Whether a model really sees the beginning of a long prompt: a word is hidden there and asked for."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from archon.domain.conversation import ModelRequest, user
from archon.domain.errors import BudgetExhausted, ModelRefusedRequest
from archon.domain.measured import Findings
from archon.domain.tokens import count_upper_bound
from archon.services.probing.purse import Purse
from archon.services.probing.subject import Reply, Subject

WORD = "juniper-QXK"
FIRST_BYTES = 2_000
"""A prompt so short that every model sees all of it; it also shows how many bytes a token has."""
ASSUMED_BYTES_PER_TOKEN = 2.0
"""Of single digits with blanks between, where the provider reports no tokens."""
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
    usage = first.response.usage
    read = usage.total_tokens - usage.output_tokens
    per_token = ASSUMED_BYTES_PER_TOKEN if usage.is_estimated else FIRST_BYTES / max(1, read)
    found = replace(found, context_seen_tokens=int(FIRST_BYTES / per_token))
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
        if trial.is_seen:
            return replace(found, context_seen_tokens=trial.tokens)
        if trial.is_cut:
            found = replace(found, context_lost_tokens=trial.tokens)
        size //= 2
    return found


async def _try(subject: Subject, size_bytes: int, per_token: float) -> Trial:
    sent = int(size_bytes / per_token)
    reply = await _ask(subject, size_bytes)
    if reply is None:
        return Trial(tokens=sent, is_seen=False, is_cut=True)
    usage = reply.response.usage
    read = sent if usage.is_estimated else usage.total_tokens - usage.output_tokens
    is_seen = WORD.lower() in reply.text.lower()
    is_cut = not is_seen and (usage.is_estimated or read < sent * CUT_SHARE)
    return Trial(tokens=read if is_seen else sent, is_seen=is_seen, is_cut=is_cut)


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
    bare = ModelRequest(role="probe", model="", system=(), messages=(user(_prompt(0)),))
    return purse.affordable_input_tokens(subject.output_tokens) - count_upper_bound(bare)
