"""Takes from a message what differs between two runs of the same fault."""

from __future__ import annotations

import re

MAX_MESSAGE_CHARS = 300
_NAME = r"[\w.@+~%-]"
_RANDOM_NAME = re.compile(r"tmp\w{6,}|[0-9a-f]{8,}|\d{4,}|tmp\.\w{6,}")
_PATH = re.compile(rf"(?<![\w.:/<-])/(?:{_NAME}+/)*{_NAME}+")
_TIME_UNITS = r"(?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|hours?|h)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b0x[0-9a-fA-F]{4,}"), "<address>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(rf"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)? ?{_TIME_UNITS}\b"), "<time>"),
    (re.compile(r"\b(?=[0-9a-f]{0,40}[a-f])(?=[0-9a-f]{0,40}\d)[0-9a-f]{8,}\b"), "<hex>"),
    (re.compile(r"\btmp[a-z0-9_]{6,}\b"), "<temporary>"),
    (re.compile(r"\bgw\d+\b"), "gw<n>"),
    (
        re.compile(
            r"\b(pid|ppid|port|process|thread|worker|line|lineno|column|col|char|position|offset)(\W{1,3})\d+\b",
            re.IGNORECASE,
        ),
        r"\1\2<n>",
    ),
    (re.compile(r"(?<=[\w\])]):\d+:\d+\b"), ":<n>:<n>"),
    (re.compile(r"((?:\d{1,3}(?:\.\d{1,3}){3}|localhost)['\"]?[:,] ?)\d+"), r"\1<n>"),
    (re.compile(r"\b\d+ (?=(?:Killed|Terminated|Aborted|Segmentation fault)\b)"), "<n> "),
    (re.compile(r"\d+\.\d{3,}(?:e[+-]?\d+)?"), "<n>"),
    (re.compile(r"\d{5,}(?:\.\d+)?"), "<n>"),
)

_DURATION_WORDS = r"(?:elapsed|took|taken|time|duration|runtime|seconds|secs?)"
_OF_ITSELF: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\b0x[0-9a-fA-F]{4,}\b"), "<address>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b"), "<time>"),
    (re.compile(r"\b1[4-9]\d{8}(?:\d{3}|\d{6}|\d{9}|\.\d+)?\b"), "<time>"),
    (re.compile(r"\b\d+m\d+(?:\.\d+)?s\b"), "<time>"),
    (re.compile(rf"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)? ?{_TIME_UNITS}\b"), "<time>"),
    (re.compile(rf"\b({_DURATION_WORDS}\b['\"]?[:=]? ?)\d+\.\d+(?:e-?\d+)?", re.IGNORECASE), r"\1<time>"),
    (re.compile(r"\btmp[a-z0-9_]{6,}\b|\btmp\.\w{6,}"), "<temporary>"),
    (re.compile(r"\b(pid|ppid|port|process|thread)(\W{1,3})\d+\b", re.IGNORECASE), r"\1\2<n>"),
)
"""Fewer than the rules above: a line number or a count that moves is news to whoever looks at results."""


def without_clocks(text: str) -> str:
    """A text without what differs by itself when the same is done again: times, durations, addresses,
    temporary names, numbers of processes. All else stays, counts and line numbers included.
    """
    for pattern, replacement in _OF_ITSELF:
        text = pattern.sub(replacement, text)
    return text


def steady(message: str, root: str) -> str:
    """A message as one line without places, addresses, times, temporary names and large numbers.

    Small numbers stay: they tell `KeyError: 3` from `KeyError: 4`. Paths below `root` become relative to
    it; of other absolute paths only the last name stays.
    """
    text = " ".join(message[: MAX_MESSAGE_CHARS * 10].split())
    base = root.rstrip("/")
    if base:
        text = re.sub(rf"{re.escape(base)}(?![\w.-])", ".", text.replace(f"{base}/", ""))
    text = _PATH.sub(_last_name, text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text[:MAX_MESSAGE_CHARS]


def _last_name(path: re.Match[str]) -> str:
    name = path[0].rsplit("/", 1)[-1]
    return "<path>" if _RANDOM_NAME.fullmatch(name) else f"<path>/{name}"
