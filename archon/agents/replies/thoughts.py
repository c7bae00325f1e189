"""Takes a model's thinking aloud away from its answer.

Thinking stands in tags (`<think>`), in brackets (`[THINK]`), or in a channel or section of its own that the
chat template marks (`<|channel|>analysis<|message|> … <|end|>`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TAGS = r"(?:\w{1,20}:)?(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)"
_OPENERS = (
    rf"(?:<(?P<tag>{_TAGS})(?:\s[^<>\n]{{0,100}})?>|\[(?P<bracket>THINK|THINKING|REASONING)\]|(?P<kimi>◁)think▷"
    r"|(?:<\|start\|>assistant)?<\|channel\|>(?P<channel>analysis|commentary)<\|message\|>"
    r"|<\|(?P<section>begin_of_thought|START_THINKING)\|>)"
)
_OPENING = re.compile(rf"\s*{_OPENERS}", re.IGNORECASE)
_LINE_OPENING = re.compile(rf"^[ \t]*{_OPENERS}", re.IGNORECASE | re.MULTILINE)
_OPENING_IN_LINE = re.compile(rf"[ \t]*{_OPENERS}", re.IGNORECASE)
_ANSWER = re.compile(
    r"\s*(?:<\|start\|>assistant)?(?:<\|channel\|>final<\|message\|>|<\|begin_of_solution\|>|<\|START_RESPONSE\|>)",
    re.IGNORECASE,
)
"""What stands between the thinking and the answer."""
_ANY_OPENING = re.compile(_OPENERS, re.IGNORECASE)
_CLOSING = re.compile(rf"</{_TAGS}>", re.IGNORECASE)
_CLOSING_LINE = re.compile(
    rf"^[ \t]*(?:</{_TAGS}>|\[/THINK\]|◁/think▷)[ \t\r]*$", re.IGNORECASE | re.MULTILINE
)
_FENCE_LINE = re.compile(r" {0,3}(`{3,}|~{3,})([^`\n]*)")


def without_thoughts(reply: str) -> str:
    """The reply after the thinking at its start; nothing when that thinking never ends."""
    position = len("\ufeff") if reply.startswith("\ufeff") else 0
    while opening := _OPENING.match(reply, position):
        closing = _closing(opening).search(reply, opening.end())
        if closing is None:
            return ""
        position = closing.end()
    answer = _ANSWER.match(reply, position)
    return reply[answer.end() if answer else position :]


def without_later_thoughts(text: str) -> str:
    """The text without thinking that starts a line outside of fenced blocks."""
    kept: list[str] = []
    fence = ""
    position = start = 0
    is_endless = False
    while position < len(text):
        opening = None if fence or is_endless else _OPENING_IN_LINE.match(text, position)
        closing = _closing(opening).search(text, opening.end()) if opening else None
        is_endless = is_endless or (opening is not None and closing is None)
        if closing is not None:
            kept.append(text[start:position])
            position = start = closing.end()
            continue
        end = text.find("\n", position)
        end = len(text) if end < 0 else end + 1
        fence = _fence_behind(text[position:end], fence)
        position = end
    return "".join((*kept, text[start:]))


def thought_spans(text: str, answers: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Where thinking starts and ends that stands between answers; `answers` as in `unopened_end`."""
    spans: list[tuple[int, int]] = []
    position = number = 0
    while opening := _ANY_OPENING.search(text, position):
        while number < len(answers) and answers[number][1] <= opening.start():
            number += 1
        if number < len(answers) and answers[number][0] < opening.start():
            position = answers[number][1]
            continue
        closing = _closing(opening).search(text, opening.end())
        if closing is None:
            break
        spans.append((opening.start(), closing.end()))
        position = closing.end()
    return tuple(spans)


def _fence_behind(line: str, fence: str) -> str:
    """The fence that is open behind a line; `fence` is the one that is open before it."""
    match = _FENCE_LINE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    is_closing = match[1].startswith(fence) and not match[2].strip()
    return "" if is_closing else fence


def _closing(opening: re.Match[str]) -> re.Pattern[str]:
    if opening["tag"]:
        return re.compile(rf"</{re.escape(opening['tag'])}>", re.IGNORECASE)
    if opening["bracket"]:
        return re.compile(rf"\[/{opening['bracket']}\]", re.IGNORECASE)
    if opening["kimi"]:
        return re.compile("◁/think▷")
    if opening["channel"]:
        return re.compile(r"<\|(?:end|call|return)\|>|(?=<\|channel\|>final<\|message\|>)")
    return re.compile(r"<\|(?:end_of_thought|END_THINKING)\|>", re.IGNORECASE)


def unopened_end(text: str, answers: Sequence[tuple[int, int]]) -> int:
    """Where the answer starts after thinking whose opening tag the chat template swallowed, else 0.

    `answers` are the places, start and end, where a tag would be part of an answer's text.
    """
    opening = _ANY_OPENING.search(text)
    for closing in _CLOSING.finditer(text, 0, opening.start() if opening else len(text)):
        if not any(start < closing.start() < end for start, end in answers):
            return closing.end()
    return 0


@dataclass(frozen=True, slots=True)
class Thought:
    start: int
    end: int
    is_all_before: bool = False
    """Whether it began the reply, and the chat template swallowed its opening tag."""


@dataclass(slots=True)
class ThoughtFinder:
    """Finds thinking between the fenced blocks of a reply, asked from its start to its end."""

    is_endless: bool = False
    """Whether thinking was met that never ends."""
    _has_opened: bool = False
    """Whether an opening tag was met: behind it a closing tag ends nothing else."""

    def find(self, text: str, start: int, end: int) -> Thought | None:
        """The first thinking that begins a line between two places; it may end behind them."""
        if self.is_endless:
            return None
        if not self._has_opened:
            tag = _ANY_OPENING.search(text, start, end)
            if thought := self.find_end(text, start, tag.start() if tag else end):
                return thought
            self._has_opened = tag is not None
        if not self._has_opened:
            return None
        opening = _OPENING_IN_LINE.match(text, start, end) or _LINE_OPENING.search(text, start, end)
        if opening is None:
            return None
        closing = _closing(opening).search(text, opening.end())
        self.is_endless = closing is None
        return Thought(opening.start(), closing.end()) if closing else None

    def find_end(self, text: str, start: int, end: int) -> Thought | None:
        """Where thinking ends whose opening tag was swallowed: at a closing tag alone on its line."""
        closing = None if self._has_opened else _CLOSING_LINE.search(text, start, end)
        if closing is None:
            return None
        self._has_opened = True
        return Thought(0, closing.end(), is_all_before=True)
