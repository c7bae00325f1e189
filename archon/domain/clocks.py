"""Takes from a text what differs by itself when the same is done again."""

from __future__ import annotations

import re

from archon.domain.patterns import late

_UNITS = r"(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|h)"
_DURATION_WORDS = r"(?:elapsed|took|taken|time|duration|runtime|seconds|secs?)"
_OF_ITSELF: tuple[tuple[re.Pattern[str], str], ...] = (
    (late(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (late(r"\b0x[0-9a-fA-F]{4,}\b"), "<address>"),
    (late(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (late(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (late(r"\b1[4-9]\d{8}(?:\d{3}|\d{6}|\d{9}|\.\d+)?\b"), "<time>"),
    (late(r"\b\d+m\d+(?:\.\d+)?s\b"), "<time>"),
    (late(rf"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)? ?{_UNITS}\b"), "<time>"),
    (late(rf"\b({_DURATION_WORDS}\b['\"]?[:=]? ?)\d+\.\d+(?:e-?\d+)?", re.IGNORECASE), r"\1<time>"),
    (late(r"\btmp[a-z0-9_]{6,}\b|\btmp\.\w{6,}"), "<temporary>"),
    (late(r"\b(pid|ppid|port|process|thread)(\W{1,3})\d+\b", re.IGNORECASE), r"\1\2<n>"),
)
"""Fewer than for a failure's name: a line number or a count that moves is news to who looks at results."""


def without_clocks(text: str) -> str:
    """A text without what differs by itself when the same is done again: times, durations, addresses,
    temporary names, numbers of processes. All else stays, counts and line numbers included.
    """
    for pattern, replacement in _OF_ITSELF:
        text = pattern.sub(replacement, text)
    return text
