"""Whether what a provider counted can be true, and what counts where it cannot."""

from __future__ import annotations

import json
from dataclasses import replace

from archon.domain.conversation import BrokenCall, Message, ModelRequest, ModelResponse, Thought, Usage
from archon.domain.said import Fold
from archon.domain.token_estimate import LONGEST_TOKEN_BYTES
from archon.domain.tokens import count_message, count_upper_bound, estimate_usage


def read_tokens(usage: Usage) -> int:
    """Tokens of the whole prompt, wherever the provider had them from."""
    return usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens


def is_prompt_credible(request: ModelRequest, usage: Usage) -> bool:
    """Whether a prompt of that many bytes can have that many tokens."""
    most = count_upper_bound(request)
    return most // LONGEST_TOKEN_BYTES <= read_tokens(usage) <= most


def credible_usage(request: ModelRequest, answer: ModelResponse) -> Usage:
    """The usage as reported; our own upper estimate for a side of it that is visibly too small.

    A budget that believed such numbers would be no ceiling. The estimate of an answer ends at what the
    request allowed, so that it never passes what was set aside for it.
    """
    told = answer.usage
    if told.is_estimated:
        return told
    own = estimate_usage(request, answer.text, answer.tool_calls)
    used = told
    if read_tokens(told) < _least_read(request):
        used = replace(
            used, input_tokens=own.input_tokens, cache_read_tokens=0, cache_write_tokens=0, is_estimated=True
        )
    if told.output_tokens < _least_written(answer):
        written = min(own.output_tokens, request.max_output_tokens)
        used = replace(used, output_tokens=max(told.output_tokens, written), is_estimated=True)
    return used


def _least_read(request: ModelRequest) -> int:
    """Thoughts, tools and a schema left out: not every model is sent them, not every provider counts them."""
    head = replace(request, messages=(), tools=(), output_schema=None)
    return (count_upper_bound(head) + _count_said(request.messages)) // LONGEST_TOKEN_BYTES


def _without_thoughts(message: Message) -> Message:
    parts = tuple(part for part in message.parts if not isinstance(part, Thought))
    return message if len(parts) == len(message.parts) else replace(message, parts=parts)


_count_said = Fold[int](
    0, lambda tokens, new: tokens + sum(count_message(_without_thoughts(message)) for message in new)
)


def _least_written(answer: ModelResponse) -> int:
    texts = [answer.text]
    texts += [call.name + json.dumps(call.arguments, ensure_ascii=False) for call in answer.tool_calls]
    texts += [call.raw for call in answer.tool_calls if isinstance(call, BrokenCall)]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) // LONGEST_TOKEN_BYTES
