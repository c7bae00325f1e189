"""Whether new lines are indented in the way of the request's old lines, or in the file's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from archon.tools.edits.lines import indent_of, is_blank

Style = Literal["request", "file"]

_OPENERS = (":", "{", "(", "[", "=>", "then", "do", "\\", ">")
_CONTINUATIONS = tuple(".?:&|+-*/%=)]},<")
_LINE_STRINGS = ('"""', "'''", "`")


@dataclass(frozen=True, slots=True)
class Pair:
    """An old line of the request and the line of the file that it stands for; neither is blank."""

    old: str
    held: str

    @property
    def indents(self) -> tuple[str, str]:
        return indent_of(self.old), indent_of(self.held)


def style_of(pairs: Sequence[Pair], new: Sequence[str]) -> Style | None:
    """The style of the lines `new`; None where both are possible, or neither."""
    indents = [indent_of(line) for line in new if not is_blank(line)]
    olds, helds = zip(*(pair.indents for pair in pairs), strict=True)
    signs, held_signs = set("".join(olds)), set("".join(helds))
    if not indents or (signs and held_signs and signs != held_signs):
        return _style_by_sign(signs, held_signs, indents)
    common = _common(pairs, new)
    least, old_least, held_least = (min(map(len, some)) for some in (indents, olds, helds))
    if least == old_least != held_least:
        if not common and old_least > held_least and set(indents) <= set(helds):
            return None
        return "request" if _is_explained(common, pairs, new) else None
    as_old, as_held = _as_old(common), _as_held(common)
    if least == held_least != old_least:
        return "file" if as_held and (common or not set(indents) <= set(olds)) else None
    if common and as_old != as_held:
        return "request" if as_old else "file"
    return "request" if set(indents) <= set(olds) and not set(indents) <= set(helds) else None


def _style_by_sign(olds: set[str], helds: set[str], indents: list[str]) -> Style | None:
    signs = set("".join(indents))
    if signs <= olds:
        return "request"
    return "file" if signs <= helds else None


_Common = list[tuple[str, str, str]]


def _common(pairs: Sequence[Pair], new: Sequence[str]) -> _Common:
    """The indentations, new, old and held, of lines that old and new share and whose indentation drifted."""
    olds = Counter(pair.old.strip() for pair in pairs)
    news = {line.strip(): indent_of(line) for line in new}
    return [
        (news[text], *pair.indents)
        for pair in pairs
        if olds[text := pair.old.strip()] == 1 and text in news and pair.indents[0] != pair.indents[1]
    ]


def _as_old(common: _Common) -> bool:
    return all(indent == old for indent, old, _ in common)


def _as_held(common: _Common) -> bool:
    return all(indent == held for indent, _, held in common)


def _is_explained(common: _Common, pairs: Sequence[Pair], new: Sequence[str]) -> bool:
    """Whether shared lines stand as the old ones do, or where a block that is opened or closed puts them."""
    if _as_old(common):
        return True
    is_deeper = any(len(indent) > len(old) for indent, old, _ in common)
    return _opens_before_common(pairs, new) if is_deeper else not _as_held(common)


def _opens_before_common(pairs: Sequence[Pair], new: Sequence[str]) -> bool:
    shared = {pair.old.strip() for pair in pairs}
    above = ""
    for line in new:
        if line.strip() in shared:
            return above.rstrip().endswith(_OPENERS)
        above = line if not is_blank(line) else above
    return False


def style_after_bare(pair: Pair, new: Sequence[str], *, unit: int | None) -> Style | None:
    """The style of the lines after the first, where the one old line and the first new one are bare.

    `unit` is the file's usual step in blanks. The first line tells nothing: it may have been copied from
    its first word on, or all lines may be written as if they began at the margin.
    """
    prefix = indent_of(pair.held)
    rest = [line for line in new[1:] if not is_blank(line)]
    if not rest:
        return "request"
    first = indent_of(rest[0])
    opens = new[0].rstrip().endswith(_OPENERS[:-1])
    continues = rest[0].lstrip().startswith(_CONTINUATIONS)
    if any(not line.startswith(prefix) for line in rest):
        is_plain = not first or opens or continues
        return "request" if is_plain and not _is_delicate(pair.old, new) else None
    if opens:
        step = first == "\t" or len(first) == unit
        return "file" if first != prefix else "request" if step else None
    return None if first != prefix or continues else "file"


def _is_delicate(old: str, new: Sequence[str]) -> bool:
    """Whether new lines may belong to a text that starts at the margin, or to the block around."""
    if any(line.count(sign) % 2 for sign in _LINE_STRINGS for line in new):
        return True
    return _deepest_close("".join(new)) < min(_deepest_close(old), 0)


def _deepest_close(text: str) -> int:
    depth = least = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        least = min(least, depth)
    return least
