"""What OpenAI and those who speak like it counted."""

from __future__ import annotations

from archon.adapters.model.reading import integer, member
from archon.domain.conversation import Usage
from archon.domain.errors import ModelReplyBroken
from archon.domain.values import JsonObject


def usage_in(place: JsonObject) -> Usage | None:
    """The usage that stands in a chunk or a part of one; None where it does not hold a count that can be one.

    A reply is not lost for it: what is not counted is taken to be as long as it may be.
    """
    try:
        return _usage(member(place, "usage"))
    except ModelReplyBroken:
        return None


def _usage(usage: JsonObject) -> Usage | None:
    prompt, answer = integer(usage, "prompt_tokens"), integer(usage, "completion_tokens")
    if prompt is None or answer is None:
        return None
    details = member(usage, "prompt_tokens_details")
    read = integer(details, "cached_tokens") or integer(usage, "prompt_cache_hit_tokens") or 0
    read = min(read, prompt)
    written = min(integer(details, "cache_write_tokens") or 0, prompt - read)
    # Gemini counts what it thought in the total alone.
    answer = max(answer, (integer(usage, "total_tokens") or 0) - prompt)
    return Usage(
        input_tokens=prompt - read - written,
        output_tokens=answer,
        cache_read_tokens=read,
        cache_write_tokens=written,
    )
