"""Other ways to read a request: without what a model wrapped around the text, one layer at a time."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from archon.domain.patterns import late
from archon.tools.edits.escapes import escaped_in_quotes, has_escapes, opens_quote, unescaped
from archon.tools.edits.lines import lines_of
from archon.tools.edits.listing import starts_of_listing, without_numbers

_FENCE = late(r"^(?P<mark>`{3,}|~{3,})[^\n`]*$")
_ENTITY = late(r"&(?:lt|gt|amp|quot|apos|#0?39|#x27);")
_OLD_MARK = late(r"^<{5,9} ?(?:SEARCH|ORIGINAL|HEAD|OLD)?\s*$", re.IGNORECASE)
_MIDDLE_MARK = late(r"^={5,9}\s*$")
_NEW_MARK = late(r"^>{5,9} ?(?:REPLACE|UPDATED|NEW)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    old: str
    new: str
    note: str = ""
    line_hint: int | None = None
    is_lines: bool = False
    """Whether the old text was given as whole lines, so that it means nothing inside a line."""


_Layer = Callable[[Reading], Reading | None]


def readings(old: str, new: str, body: str) -> Iterator[Reading]:
    """The request as it stands, then without what may be wrapped around it; `body` is the file's text."""
    plain = Reading(old, new)
    yield plain
    layers: tuple[_Layer, ...] = (
        _unescaped,
        _without_entities,
        _without_outer_lines,
        _without_marks,
        _without_fence,
        _without_numbers,
        _without_diff_signs,
        _with_escapes,
    )
    yield from _peeled(plain, layers, body)


def _peeled(reading: Reading, layers: tuple[_Layer, ...], body: str) -> Iterator[Reading]:
    """The reading with each of the layers off, and with any further ones."""
    for number, layer in enumerate(layers):
        peeled = layer(reading)
        if peeled is None or (layer is _without_fence and _has_line(body, reading.old)):
            continue
        note = f"{reading.note}; {peeled.note}" if reading.note else peeled.note
        is_lines = reading.is_lines or layer in _LINE_LAYERS
        peeled = replace(peeled, note=note, is_lines=is_lines)
        yield peeled
        yield from _peeled(peeled, layers[number + 1 :], body)


def unfenced(text: str) -> str | None:
    """What stands in the one fence that wraps all of the text; None if none does."""
    lines = text.strip("\n").split("\n")
    opening = _FENCE.match(lines[0].rstrip())
    if opening is None or len(lines) < 2 or lines[-1].strip() != opening["mark"]:
        return None
    inner = lines[1:-1]
    return "\n".join(inner) + "\n" if inner else ""


def _without_outer_lines(reading: Reading) -> Reading | None:
    """Without the blank lines around the old text, and without as many around the new one."""
    old, new = reading.old, reading.new
    while old.startswith("\n"):
        old, new = old[1:], new.removeprefix("\n")
    while old.endswith("\n\n"):
        old, new = old[:-1], new[:-1] if new.endswith("\n\n") else new
    is_other = old and old != reading.old
    return Reading(old, new, "took blank lines off", reading.line_hint) if is_other else None


def _has_line(body: str, fenced: str) -> bool:
    """Whether the file has the opening fence itself, so that it is part of the text."""
    opening = fenced.strip("\n").split("\n", 1)[0].strip()
    return opening in body and any(line.strip() == opening for line in body.split("\n"))


def _without_fence(reading: Reading) -> Reading | None:
    old = unfenced(reading.old)
    if not old:
        return None
    new = unfenced(reading.new)
    if new is None:
        blank = len(reading.old) - len(reading.old.lstrip("\n"))
        new = reading.new.removeprefix("\n" * blank)
    return Reading(old, new, "took a fence off", reading.line_hint)


def _without_marks(reading: Reading) -> Reading | None:
    lines = lines_of(reading.old.strip("\n"))
    if not lines or not (_OLD_MARK.match(lines[0]) or _MIDDLE_MARK.match(lines[-1])):
        return None
    lines = lines[1:] if _OLD_MARK.match(lines[0]) else lines
    lines = lines[:-1] if lines and _MIDDLE_MARK.match(lines[-1]) else lines
    new = reading.new if lines[:1] == [""] else reading.new.lstrip("\n")
    news = lines_of(new.rstrip("\n"))
    news = news[1:] if news and _MIDDLE_MARK.match(news[0]) else news
    news = news[:-1] if news and _NEW_MARK.match(news[-1]) else news
    old, new = ("".join(line + "\n" for line in some) for some in (lines, news))
    return Reading(old, new, "took search and replace markers off") if old else None


def _without_numbers(reading: Reading) -> Reading | None:
    listed = without_numbers(reading.old)
    if listed is None:
        return None
    new = starts_of_listing(reading.new, listed)
    if new is None:
        return None
    return Reading(listed.text, new, "took line numbers off", listed.first)


def _unescaped(reading: Reading) -> Reading | None:
    if "\n" in reading.old.strip("\n") or not has_escapes(reading.old):
        return None
    old, new = unescaped(reading.old, beside=reading.new), reading.new
    if "\n" not in new.strip("\n"):
        new = unescaped(new, beside=reading.old)
    if opens_quote(old, new):
        return None
    return Reading(old, new, "read escaped characters", reading.line_hint)


def _with_escapes(reading: Reading) -> Reading | None:
    """With the line ends and tabs inside quotes as the escapes that they were."""
    old, new = escaped_in_quotes(reading.old), escaped_in_quotes(reading.new)
    if old is None or new is None or old == reading.old:
        return None
    return Reading(old, new, "wrote line ends inside quotes as escapes", reading.line_hint)


def _without_entities(reading: Reading) -> Reading | None:
    if not _ENTITY.search(reading.old):
        return None
    old, new = (
        _ENTITY.sub(lambda found: html.unescape(found[0]), text) for text in (reading.old, reading.new)
    )
    return Reading(old, new, "read HTML entities", reading.line_hint)


def _without_diff_signs(reading: Reading) -> Reading | None:
    """Old lines that all begin with "-" and new ones that all begin with "+"."""
    olds, news = lines_of(reading.old), lines_of(reading.new)
    if not all(line.startswith("-") for line in olds) or not all(line.startswith("+") for line in news):
        return None
    old, new = ("".join(line[1:] + "\n" for line in some) for some in (olds, news))
    return Reading(old, new, "took diff signs off", reading.line_hint) if olds and news else None


_LINE_LAYERS = (_without_marks, _without_fence, _without_numbers, _without_diff_signs)
