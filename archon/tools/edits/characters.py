"""Characters that word processors and models put in place of plain ones: compared as equal, never spread."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from archon.tools.edits.effort import Effort

Form = Literal["NFC", "NFD"]

_LEAST_LIKENESS = 0.5
"""How much two lines must have in common for the one to be written after the other."""

_FAMILIES = {
    "single quotes": ("‘’‚‛′ʼ", "'"),
    "double quotes": ("“”„‟″", '"'),
    "dashes": ("‐‑‒–—―−", "-"),
    "spaces": (
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
        " ",
    ),
    "dots": ("…", "..."),
    "nothing": ("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
}
_FAMILY_OF = {sign: family for family, (signs, _) in _FAMILIES.items() for sign in signs}
_PLAIN = {ord(sign): plain for signs, plain in _FAMILIES.values() for sign in signs}
_PLAIN_DOUBLE_DASH = _PLAIN | {ord(sign): "--" for sign in "–—"}
_OTHER = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_TOKEN = re.compile(r"\s+|\w+|\.\.\.|--|.", re.DOTALL)


def fold(text: str, *, double_dash: bool = False) -> str:
    """The text composed and with plain characters; `double_dash`: a long dash stands for two short ones."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_PLAIN_DOUBLE_DASH if double_dash else _PLAIN)


def has_double_dashes(one: str, other: str) -> bool:
    """Whether one of the texts has a long dash and the other two short ones."""
    pairs = ((one, other), (other, one))
    return any("--" in short and ("–" in long or "—" in long) for long, short in pairs)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text that knows where its characters came from."""

    text: str
    starts: list[int]
    """Where each changed stretch starts in the folded text."""
    stretches: list[tuple[int, int, int]]
    """For each: where it starts in the source, its length folded and its length there."""

    def source(self, offset: int) -> int | None:
        """The offset in the source; None inside a stretch whose length changed."""
        number = bisect_right(self.starts, offset) - 1
        if number < 0:
            return offset
        start, length, source_length = self.stretches[number]
        inside = offset - self.starts[number]
        if inside >= length:
            return start + source_length + inside - length
        return start + inside if inside == 0 or length == source_length else None


def fold_with_offsets(text: str) -> Folded:
    parts: list[str] = []
    starts: list[int] = []
    stretches: list[tuple[int, int, int]] = []
    cursor = length = 0
    for found in _OTHER.finditer(text):
        parts.append(text[cursor : found.start()])
        length += found.start() - cursor
        folded = fold(found.group())
        starts.append(length)
        stretches.append((found.start(), len(folded), len(found.group())))
        parts.append(folded)
        length += len(folded)
        cursor = found.end()
    parts.append(text[cursor:])
    return Folded("".join(parts), starts, stretches)


@dataclass(frozen=True, slots=True)
class Typography:
    """How the request's characters are written in the file."""

    table: dict[int, str]
    form: Form | None
    """The Unicode normal form of the file's lines, where the request has the other one."""
    double_dash: bool
    any_space: bool
    """Whether gaps between words count as the same however wide they are."""
    effort: Effort

    def in_file(self, text: str) -> str:
        """The text with the signs that the request alone uses made plain again."""
        text = text.translate(self.table)
        return unicodedata.normalize(self.form, text) if self.form else text

    def patched(self, old: str, held: str, new: str) -> str:
        """The line `new` as the file writes it wherever `old`, which stands for `held`, has the same."""
        tokens, held_tokens, new_tokens = map(self._tokens, (old, held, new))
        keys = [self._key(token) for token in tokens]
        matcher = self.effort.matcher(keys, [self._key(token) for token in new_tokens])
        if keys != [self._key(token) for token in held_tokens] or matcher.ratio() < _LEAST_LIKENESS:
            return self.in_file(new)
        parts: list[str] = []
        for tag, first, last, new_first, new_last in matcher.get_opcodes():
            same = tag == "equal"
            parts.append(
                "".join(held_tokens[first:last])
                if same
                else self.in_file("".join(new_tokens[new_first:new_last]))
            )
        return "".join(parts)

    def _tokens(self, text: str) -> list[str]:
        return _TOKEN.findall(unicodedata.normalize(self.form, text) if self.form else text)

    def _key(self, token: str) -> str:
        if token.isspace() and self.any_space:
            return " "
        return fold(token, double_dash=self.double_dash)


def typography(
    pairs: Iterable[tuple[str, str]], *, double_dash: bool, any_space: bool, effort: Effort
) -> Typography:
    """Learn from pairs of a line of the request and the line of the file that it stands for."""
    olds, helds = (" ".join(side) for side in zip(*pairs, strict=True))
    own = {_FAMILY_OF[sign] for sign in helds if sign in _FAMILY_OF}
    foreign = {_FAMILY_OF[sign] for sign in olds if sign in _FAMILY_OF} - own
    plain = _PLAIN_DOUBLE_DASH if double_dash else _PLAIN
    table = {ord(sign): plain[ord(sign)] for sign, family in _FAMILY_OF.items() if family in foreign}
    return Typography(table, _form(olds, helds), double_dash, any_space, effort)


def _form(olds: str, helds: str) -> Form | None:
    forms: tuple[tuple[Form, Form], ...] = (("NFC", "NFD"), ("NFD", "NFC"))
    for form, other in forms:
        if (
            unicodedata.is_normalized(form, helds)
            and not unicodedata.is_normalized(other, helds)
            and not unicodedata.is_normalized(form, olds)
        ):
            return form
    return None
