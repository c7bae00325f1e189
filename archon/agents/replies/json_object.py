"""Reads one object of a schema out of a reply, or says what is wrong with it; a value is never guessed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from archon.agents.replies.candidates import MAX_CANDIDATES, Candidate, find_candidates
from archon.agents.replies.encoded_values import decode_where_wanted
from archon.agents.replies.lenient import Problem
from archon.agents.replies.schema_check import pointer, violation
from archon.agents.replies.strict import encoded
from archon.agents.replies.thoughts import thought_spans, unopened_end, without_thoughts
from archon.domain.values import JsonObject, canonical


@dataclass(frozen=True, slots=True)
class Parsed:
    value: JsonObject
    """Satisfies the schema."""


@dataclass(frozen=True, slots=True)
class Rejected:
    error_path: str
    """JSON pointer to the offending or missing value; empty for the whole."""
    reason: str
    """What is wrong, said so that a model can mend it."""


JsonReply: TypeAlias = Parsed | Rejected

_FINAL = re.compile(
    r"\b(?:correct(?:ion|ed)|final(?:ly)?|actually|wait|revised?|revision|updated?|fixed|oops|sorry"
    r"|scratch that|second thought|better|instead|after review|improved|here is the (?:answer|result))\b",
    re.IGNORECASE,
)
_RETRACTED = re.compile(
    r"\b(?:wait|scratch that|correction|oops|second thought|i meant|ignore (?:that|this|the above)"
    r"|strike that|never ?mind|on reflection|make (?:that|it)"
    r"|(?:that|this|it|(?:this|that|the|my) \w+)(?: above)? (?:is|was)"
    r" (?:wrong|incorrect|not right|mistaken|a mistake))\b"
    r"|(?:^|[.!?\n])\s*(?:actually|sorry|edit:)|(?:^|[.!?\n—–#/-])\s*no,"
    r"|\bbut (?:i|we) (?:can(?:not|['’]t)|could(?: not|n['’]t)) (?:decide|say|tell|judge|answer|give|be)\b"
    r"|\bbut (?:i|we)(?: am|['’]m| are|['’]re) (?:not sure|unsure)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\b(?:not (?:the |my )?final|or|either|option|alternative(?:ly)?|choose|pick)\b", re.IGNORECASE
)
_BACK = re.compile(r"\b(?:first|former|earlier|previous|above|original|instead|actually)\b", re.IGNORECASE)


def parse_json(reply: str, schema: JsonObject, *, finish_reason: str) -> JsonReply:
    """The one object of `schema` that the reply presents as its answer.

    `finish_reason` is the model's: with `length`, nothing that is still open is taken for whole. Of
    several objects the last counts if the words before it present it so.
    """
    text = without_thoughts(reply)
    inner = encoded(text)
    if inner is not None:
        text = inner
    if not text.strip():
        return Rejected(
            "", "the reply has no answer, only thinking" if reply.strip() else "the reply is empty"
        )
    candidates = find_candidates(text, may_close=finish_reason != "length")
    if len(candidates) > MAX_CANDIDATES:
        return Rejected("", "the reply has far too many JSON objects: answer with the object alone")
    spans = [(candidate.start, candidate.end) for candidate in candidates if candidate.problem is None]
    begin = unopened_end(text, spans)
    thoughts = thought_spans(text, spans)
    answers = [
        _answer(candidate, schema)
        for candidate in candidates
        if candidate.start >= begin and not _is_thought(candidate, thoughts)
    ]
    relevant = [answer for answer in answers if answer.is_meant] or answers[-1:]
    if not relevant:
        return Rejected("", "the reply has no JSON object: answer with the object alone")
    return _decide(text, relevant)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A candidate held to the schema."""

    value: JsonObject
    problem: Problem | None
    is_meant: bool
    """Whether it shares a key with the schema, and so tries to be the answer."""
    start: int
    end: int


def _answer(candidate: Candidate, schema: JsonObject) -> _Answer:
    properties = schema.get("properties")
    known = properties.keys() if isinstance(properties, dict) else candidate.value.keys()
    value, problem = candidate.value, candidate.problem
    whole = candidate.envelope
    if whole is not None and isinstance(properties, dict) and whole.keys() <= properties.keys():
        value = whole
    is_meant = bool(value.keys() & known) or not known or not value.keys()
    if problem is None:
        decoded = decode_where_wanted(value, schema)
        value = decoded if isinstance(decoded, dict) else value
        problem = violation(value, schema)
    return _Answer(value, problem, is_meant or problem is None, candidate.start, candidate.end)


def _is_thought(candidate: Candidate, thoughts: Sequence[tuple[int, int]]) -> bool:
    before = bisect_left(thoughts, (candidate.start, 0))
    return before > 0 and candidate.start < thoughts[before - 1][1]


def _decide(text: str, answers: list[_Answer]) -> JsonReply:
    """The last answer, unless it does not fit or nothing says that it replaces a different one before."""
    last = answers[-1]
    if last.problem is not None:
        return Rejected(pointer(last.problem.path), last.problem.reason)
    if _RETRACTED.search(text[last.end :]):
        return Rejected("", "the words behind the object take it back: answer with the final object alone")
    others = [answer for answer in answers[:-1] if _is_rival(answer, last)]
    if not others:
        return Parsed(last.value)
    between = text[others[-1].end : last.start]
    is_final = _FINAL.search(between) and not _CHOICE.search(between) and not _BACK.search(text[last.end :])
    if is_final:
        return Parsed(last.value)
    return Rejected("", "the reply has several different answers and does not say which one counts")


def _is_rival(answer: _Answer, last: _Answer) -> bool:
    return answer.problem is None and canonical(answer.value) != canonical(last.value)
