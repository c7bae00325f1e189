"""The lines of the file that come nearest to a text that is not in it, and what differs."""

from __future__ import annotations

import re
from collections import Counter

from archon.tools.edits.drift import Level
from archon.tools.edits.effort import Effort, TooMuchEffortError
from archon.tools.edits.lines import FileLines, indent_of, is_blank
from archon.tools.edits.places import dense_keys

_MOST_LINES = 12
_MOST_SIGNS = 160
_MOST_COMPARED = 300
_MOST_CANDIDATES = 400
_MOST_VOTERS = 20_000
_MOST_VOTES = 5
_OFTEN = 50
_LEAST_LIKENESS = 0.5
_WORD = re.compile(r"\w{3,}")


def nearest(file: FileLines, old: list[str]) -> str:
    """The nearest lines with their numbers and the first differences; empty where nothing is like it."""
    while old and is_blank(old[0]):
        old = old[1:]
    start = _by_equal_lines(file, old)
    try:
        start = _by_like_lines(file, old, Effort()) if start is None else start
        differences = _differences(file, old, start, Effort()) if start is not None else []
    except TooMuchEffortError:
        differences = []
    return "\n".join([*_shown(file, old, start), *differences]) if start is not None else ""


def _by_equal_lines(file: FileLines, old: list[str]) -> int | None:
    """Where most lines of the text, put side by side with the file's, are the same but for white space."""
    level = Level(indentation=True)
    wanted: dict[str, list[int]] = {}
    for number, line in enumerate(old):
        if any(sign.isalnum() for sign in line):
            wanted.setdefault(level.key(line), []).append(number)
    votes: Counter[int] = Counter()
    rows = [(row, key) for row, key in enumerate(dense_keys(file, level)) if key in wanted]
    often = Counter(key for _, key in rows)
    for row, key in rows[:_MOST_VOTERS]:
        for number in wanted[key][:_MOST_VOTES]:
            votes[row - number] += len(key) if often[key] < _OFTEN else 1
    best = max(votes.items(), key=lambda vote: (vote[1], -vote[0]), default=None)
    return None if best is None else max(best[0], 0)


def _by_like_lines(file: FileLines, old: list[str], effort: Effort) -> int | None:
    """Where the line of the file stands that is most like a line of the text."""
    text = file.body.lower()
    best, best_start = _LEAST_LIKENESS, None
    lines = sorted(((line, number) for number, line in enumerate(old)), key=lambda one: -len(one[0]))
    for line, number in lines[:3]:
        wanted = line.strip().lower()[:_MOST_COMPARED]
        for row in _candidates(file, text, wanted):
            matcher = effort.matcher(wanted, file.contents[row].strip().lower()[:_MOST_COMPARED])
            if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and matcher.ratio() > best:
                best, best_start = matcher.ratio(), max(row - number, 0)
    return best_start


def _candidates(file: FileLines, text: str, wanted: str) -> list[int]:
    """Lines that share a word with the wanted line, those of its longest words first."""
    if len(file.contents) <= _MOST_CANDIDATES:
        return list(range(len(file.contents)))
    rows: dict[int, None] = {}
    for word in sorted(set(_WORD.findall(wanted)), key=lambda word: (-len(word), word))[:6]:
        at = text.find(word)
        for _ in range(_MOST_CANDIDATES // 4):
            if at < 0 or len(rows) >= _MOST_CANDIDATES:
                break
            row = file.line_at(min(at, len(file.body)))
            if row < len(file.contents):
                rows[row] = None
            at = text.find("\n", at)
            at = text.find(word, at) if at >= 0 else -1
    return list(rows)


def _shown(file: FileLines, old: list[str], start: int) -> list[str]:
    stop = min(start + max(len(old), 1), len(file.contents))
    stop = min(stop, start + _MOST_LINES)
    listed = [f"{row + 1}: {file.contents[row][:_MOST_SIGNS]}" for row in range(start, stop)]
    return [f"nearest text, lines {start + 1} to {stop}:", *listed]


def _differences(file: FileLines, old: list[str], start: int, effort: Effort) -> list[str]:
    """What differs, for the first few lines that do, side by side after the same lines are put together."""
    held = file.contents[start : start + len(old)]
    keys, held_keys = [line.strip() for line in old[:200]], [line.strip() for line in held[:200]]
    said: list[str] = []
    for tag, first, last, held_first, held_last in effort.opcodes(keys, held_keys):
        if tag == "equal":
            for number, row in zip(range(first, last), range(held_first, held_last), strict=True):
                if indent_of(old[number]) != indent_of(held[row]):
                    said.append(
                        f"line {start + row + 1}: indented by {indent_of(held[row])!r} in the file, "
                        f"by {indent_of(old[number])!r} in the request"
                    )
            continue
        asked = " / ".join(line.strip() for line in old[first:last])[:_MOST_SIGNS]
        there = " / ".join(line.strip() for line in held[held_first:held_last])[:_MOST_SIGNS]
        said.append(f"line {start + held_first + 1}: the file has {there!r}, the request {asked!r}")
    return ["what differs:", *said[:4]] if said else []
