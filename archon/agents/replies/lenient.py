"""Reads one JSON object as models really write it, bridging only what has a single meaning.

Bridged: comments, trailing commas, single and typographic quotes, bare keys, Python's literals and string
escapes, raw line breaks in strings and, at the end of a reply that was not cut, missing closing brackets.
Everything else (unescaped quotes, unknown escapes, NaN, two values for a key) is a problem with a place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archon.agents.replies.strings import BadStringError, read_string
from archon.domain.values import Json, JsonObject, canonical

Path = tuple[str | int, ...]

MAX_DEPTH = 100
_BLANK = re.compile(r"(?:[\s\ufeff]+|//[^\n]{0,2000}|\#[^\n]{0,2000})*+")
_LEFT_OUT = re.compile(r"(?://|#|/\*)\s*(?:\.\.\.|…)|(?:\.\.\.|…)\s*(?:\*/|$)|\betc\b", re.MULTILINE)
_OTHERWISE = re.compile(r"(?://|#|/\*)\s*(?:or|alternatively)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9_+\-.$]+")
_KEY = re.compile(r"[A-Za-z_$][\w$-]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,400})(?P<fraction>\.\d+)?(?P<exponent>[eE][+-]?\d+)?")
_LITERALS: dict[str, Json] = {
    "true": True, "false": False, "null": None, "True": True, "False": False, "None": None,
}  # fmt: skip
_NO_NUMBERS = {"NaN", "nan", "Infinity", "-Infinity", "inf", "-inf"}
_QUOTES = {'"': '"', "'": "'", "“": "”"}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Problem:
    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands at one place of a text: an object, or how far it could be followed."""

    value: JsonObject
    """The members as far as they were read; whole when there is no problem."""
    start: int
    end: int
    problem: Problem | None = None


class _UnreadableError(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


def read_object(text: str, start: int, *, may_close: bool) -> Reading | None:
    """The object that starts at `text[start]`, an opening brace; None when what follows is no object at all.

    `may_close` allows missing closing brackets at the text's end; without it, an end there is a problem.
    """
    reader = _Reader(text, start, may_close)
    members: JsonObject = {}
    try:
        reader.read_members(members)
    except (_UnreadableError, BadStringError) as error:
        if not members and not reader.path and not reader.is_at_end():
            return None
        problem = Problem(tuple(reader.path), error.reason)
        return Reading(members, start, max(reader.position, start + 1), problem)
    return Reading(members, start, reader.position, reader.problem)


@dataclass(slots=True)
class _Reader:
    text: str
    position: int
    may_close: bool
    path: list[str | int] = field(default_factory=list)
    problem: Problem | None = None
    is_python: bool | None = None
    """Whether strings follow Python's escapes: the quotes of the first key tell."""

    def read_members(self, members: JsonObject) -> None:
        self.position += 1
        while self._more("}"):
            key = self._key()
            self.path.append(key)
            self._expect_colon()
            value = self._value()
            if key in members and canonical(members[key]) != canonical(value):
                self._note("this key is given twice with different values")
            members[key] = value
            self._separator("}")

    def is_at_end(self) -> bool:
        """Whether nothing of the object can follow: the text, its fence or its tag ends here."""
        return self.position >= len(self.text) or self.text.startswith(("```", "~~~", "</"), self.position)

    def _value(self) -> Json:
        self._skip()
        if len(self.path) > MAX_DEPTH:
            raise _UnreadableError(f"it is nested deeper than {MAX_DEPTH} levels")
        if self.is_at_end():
            raise _UnreadableError("the reply ends before the value")
        char = self.text[self.position]
        if char == "{":
            members: JsonObject = {}
            self.read_members(members)
            return members
        if char == "[":
            return self._list()
        return self._string() if char in _QUOTES else self._word()

    def _list(self) -> list[Json]:
        items: list[Json] = []
        self.position += 1
        while self._more("]"):
            self.path.append(len(items))
            items.append(self._value())
            self._separator("]")
        return items

    def _key(self) -> str:
        if self.text[self.position] in _QUOTES:
            return self._string()
        match = _KEY.match(self.text, self.position)
        if match is None:
            raise _UnreadableError("a key is expected here")
        self.position = match.end()
        return match[0]

    def _expect_colon(self) -> None:
        self._skip()
        if not self.text.startswith(":", self.position):
            self.path.pop()
            raise _UnreadableError("a colon is expected behind the key")
        self.position += 1

    def _more(self, closing: str) -> bool:
        """Whether another member follows; else the closing bracket is behind us, or may be taken as read."""
        self._skip()
        if self.is_at_end():
            self._close_here()
            return False
        if self.text[self.position] == closing:
            self.position += 1
            return False
        return True

    def _separator(self, closing: str) -> None:
        """Leaves the member behind us."""
        self._skip()
        if not self.is_at_end() and self.text[self.position] not in (",", closing):
            raise _UnreadableError("a comma or bracket is missing, or a quote inside a text is not escaped")
        self.path.pop()
        if self.text.startswith(",", self.position):
            self.position += 1
            self._skip()
            if self.is_at_end():
                raise _UnreadableError("the reply ends behind a comma")

    def _close_here(self) -> None:
        if not self.may_close:
            raise _UnreadableError("the reply was cut off here")

    def _string(self) -> str:
        quote = self.text[self.position]
        if self.is_python is None:
            self.is_python = quote == "'"
        found = read_string(self.text, self.position + 1, _QUOTES[quote], is_python=self.is_python)
        self.position = found.end
        if found.problem is not None:
            self._note(found.problem)
        return found.value

    def _word(self) -> Json:
        match = _WORD.match(self.text, self.position)
        word = match[0] if match else ""
        if self.position + len(word) >= len(self.text):
            self._close_here()
        value = _word_value(word)
        if value is _MISSING:
            raise _UnreadableError(f"{word or self.text[self.position]!r} is no JSON value")
        if word in _NO_NUMBERS or value in (float("inf"), float("-inf")):
            self._note(f"{word} is no JSON number")
        self.position += len(word)
        return value  # type: ignore[return-value]

    def _skip(self) -> None:
        """Goes past blanks and comments."""
        while True:
            blank = _BLANK.match(self.text, self.position)
            self._look_at_comment(self.position, blank.end() if blank else self.position)
            self.position = blank.end() if blank else self.position
            if not self.text.startswith("/*", self.position):
                return
            end = self.text.find("*/", self.position + 2)
            self._look_at_comment(self.position, end)
            self.position = end + 2 if end >= 0 else len(self.text)
            if end < 0:
                self._note("a comment never ends")

    def _look_at_comment(self, start: int, end: int) -> None:
        if end - start > len("#..") and _LEFT_OUT.search(self.text, start, min(end, start + 4000)):
            self._note("a comment stands for something that is left out")
        if end > start and _OTHERWISE.search(self.text, start, end):
            self._note("a comment offers another value")

    def _note(self, reason: str) -> None:
        self.problem = self.problem or Problem(tuple(self.path), reason)


def _word_value(word: str) -> object:
    if word in _LITERALS:
        return _LITERALS[word]
    if word in _NO_NUMBERS:
        return None
    match = _NUMBER.fullmatch(word)
    if match is None:
        return _MISSING
    return float(word) if match["fraction"] or match["exponent"] else int(word)
