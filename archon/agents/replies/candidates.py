"""Finds the objects in a reply that could be its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.agents.replies.lenient import Problem, read_object
from archon.agents.replies.strict import decoded
from archon.domain.values import JsonObject

_NEW_START = re.compile(r"(?:^|</\w{1,20}>\s*)(?=\{)", re.MULTILINE)
_OPENED = re.compile(r"\s*(?:`{3,}|~{3,})[\w ]*\n\s*$|\s+$")
"""The fence and the blanks between an object and the words that present it."""
_OTHER = re.compile(
    r"\b(?:(?:example|e\.g\.|for instance|such as|template)[^\n{]*"
    r"|(?:bad|wrong|incorrect|invalid|sample|dummy|old|previous) (?:\w+ )?"
    r"(?:answer|object|output|json|one|reply|response|verdict|value|result|version|format)(?: \w+){0,3}"
    r"[^\w.!?\n]*"
    r"|(?:not|cannot|never|\w{2,5}n['’]t|can['’]t|unable to|refuse to|instead of|rather than)"
    r"(?: (?:say|answer|write|output|send|return|reply|be|use|give)(?: with)?)?[^\w.!?\n]*"
    r"|(?:format|schema|structure|shape) (?:is|was|looks like|(?:would|should|must) be)[^\w.!?\n]*"
    r"|\b(?:valid|possible|acceptable) (?:\w+ )?(?:would|could|might) be[^\w.!?\n]*"
    r"|(?:user|person|issue|task|prompt|log|file|he|she|they)"
    r" (?:said|says|wrote|asked|shows|contains)[^\w.!?\n]*)$",
    re.IGNORECASE,
)
"""Words that present an object as anything but the answer."""
_QUOTED = re.compile(r"^[ \t]*(?:>|//)[^\n]*\Z", re.MULTILINE)
MAX_CANDIDATES = 1_000
_CALL_KEYS = ("arguments", "parameters", "input")


@dataclass(frozen=True, slots=True)
class Candidate:
    value: JsonObject
    problem: Problem | None
    start: int
    end: int
    envelope: JsonObject | None = None
    """The tool call whose arguments the value is."""


def find_candidates(text: str, *, may_close: bool) -> tuple[Candidate, ...]:
    """Every object of the reply that is presented as one, in order; of more than the most, one too many.

    An object in a program (`print({…})`, `x = {…}`), in a list or as an example is passed over with all
    that is in it. A tool call's envelope is replaced by its arguments.
    """
    found: list[Candidate] = []
    position = 0
    while len(found) <= MAX_CANDIDATES and (start := text.find("{", position)) >= 0:
        reading = read_object(text, start, may_close=may_close)
        if reading is None:
            position = start + 1
            continue
        inner = _envelope(reading.value)
        if inner is not None:
            found.append(Candidate(inner, reading.problem, start, reading.end, reading.value))
        elif _is_presented(text, start):
            found.append(Candidate(reading.value, reading.problem, start, reading.end))
        position = reading.end if reading.problem is None else _resume(text, reading.end)
    return tuple(found)


def _is_presented(text: str, start: int) -> bool:
    before = text[max(0, start - 200) : start]
    last = before.rstrip()[-1:]
    is_code = last in ("(", "=", "[") or re.search(r"\breturn\s*$", before) is not None
    if is_code or _is_listed(before) or _QUOTED.search(before):
        return False
    is_comment = before.rfind("<!--") > before.rfind("-->")
    return not is_comment and not _OTHER.search(_OPENED.sub("", before))


def _is_listed(before: str) -> bool:
    return re.search(r"\}\s*,\s*$", before) is not None


def _envelope(value: JsonObject) -> JsonObject | None:
    """The arguments, when the object is a tool call spelled out in text."""
    function = value.get("function")
    if isinstance(function, dict) and value.keys() <= {"function", "id", "type", "index"}:
        return _envelope(function)
    if not isinstance(value.get("name"), str) or not value.keys() <= {"name", "id", "type", *_CALL_KEYS}:
        return None
    arguments = next((value[key] for key in _CALL_KEYS if key in value), None)
    if isinstance(arguments, str):
        arguments = decoded(arguments)
    return arguments if isinstance(arguments, dict) else None


def _resume(text: str, position: int) -> int:
    """Behind something unreadable, only an object that starts a line or follows a tag is no part of it."""
    start = _NEW_START.search(text, position)
    return start.end() if start else len(text)
