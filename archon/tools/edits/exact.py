"""A text that stands in the file to the letter, perhaps inside a line."""

from __future__ import annotations

import re

from archon.tools.edits.drift import says_something
from archon.tools.edits.lines import FileLines, Line, LineEdit, indent_of, is_blank
from archon.tools.edits.locate import ALREADY, Located, is_repeating
from archon.tools.edits.outcome import Refused, ambiguous
from archon.tools.edits.places import MOST_PLACES, nearest_start, offsets_of
from archon.tools.edits.span import Span, span_edit

_WORD = re.compile(r"[^\W\u0e00-\u109f\u1780-\u17ff\u2e80-\U0010ffff]{2}")
"""Inside a word, in scripts that put blanks between words."""
_NUMBER = re.compile(r"\d+(?:\.\d+)+|\d{1,3}(?:,\d{3})+(?!\d)")
_HYPHENED = re.compile(r"[^\W\d_]-[^\W\d_]")
_LONGEST_NUMBER = 40
_SIGNS = ("==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", ":=", "=>", "->")
_SIGNS_TWICE = ("&&", "||", "<<", ">>", "::", "??")


def locate_exact(file: FileLines, old: str, new: str, *, line_hint: int | None) -> Located | Refused | None:
    """The edit at the one place of `old`. None: no place, or none with the indentation that it states."""
    spans = [Span(offset, offset + len(old), file) for offset in offsets_of(file.body, old)]
    if _is_line_of_signs(old):
        spans = [span for span in spans if not span.prefix.strip()]
    if not spans:
        return None
    span = _one_of(spans, old, line_hint)
    if isinstance(span, Refused):
        return span
    if cuts_token(file.body, span.start, span.stop):
        return None
    if _is_there(span, old, new):
        return Refused(reason=f"{ALREADY} (line {span.first + 1})")
    edit = span_edit(span, old, new)
    if not isinstance(edit, LineEdit):
        return edit
    if span.starts_in_indentation and is_repeating(file, edit):
        return Refused(reason=f"{ALREADY} (line {span.first + 1})")
    return Located(edits=(edit,), note="")


def _is_line_of_signs(old: str) -> bool:
    """Whether the text is a whole line of brackets and the like, and so no end of another line."""
    return old.endswith("\n") and not is_blank(old) and not says_something([old])


def stands_as_lines(file: FileLines, old: str) -> bool:
    """Whether nothing but indentation stands before the text, wherever it occurs."""
    spans = (Span(offset, offset + len(old), file) for offset in offsets_of(file.body, old))
    return all(not span.prefix.strip() and not span.suffix for span in spans)


def _one_of(spans: list[Span], old: str, line_hint: int | None) -> Span | Refused:
    if len(spans) == 1:
        return spans[0]
    starts = [span.first for span in spans]
    number = nearest_start(starts, line_hint)
    if number is not None:
        return spans[number]
    whole = [span for span in spans if not span.prefix and not span.suffix]
    if len(whole) == 1 and len(spans) < MOST_PLACES and indent_of(old.split("\n", 1)[0]):
        return whole[0]
    return ambiguous(starts, at_least=len(spans) >= MOST_PLACES)


def cuts_token(body: str, start: int, stop: int) -> bool:
    """Whether the stretch starts or ends inside a word, a number or a sign of several characters."""
    return any(_is_inside_token(body, at) for at in (start, stop))


def _is_inside_token(body: str, at: int) -> bool:
    around = body[max(at - 1, 0) : at + 1]
    if _WORD.fullmatch(around) or around in (*_SIGNS, *_SIGNS_TWICE):
        return True
    if any(_HYPHENED.fullmatch(body, begin, begin + 3) for begin in (at - 2, at - 1) if begin >= 0):
        return True
    first = max(at - _LONGEST_NUMBER, 0)
    numbers = _NUMBER.finditer(body[first : at + _LONGEST_NUMBER])
    return any(found.start() < at - first < found.end() for found in numbers)


def _is_there(span: Span, old: str, new: str) -> bool:
    """Whether the place is part of the new text already, so that it would get the added part twice."""
    if old not in new or not new.replace(old, "", 1).strip():
        return False
    body = span.file.body
    return any(
        span.start >= offset and body.startswith(new, span.start - offset) for offset in offsets_of(new, old)
    )


def locate_everywhere(file: FileLines, old: str, new: str) -> Located | Refused | None:
    """The edits at all places of `old`, as `str.replace` finds them. None: it has no place."""
    count = file.body.count(old)
    if not count:
        return None
    cut = [at for at in offsets_of(file.body, old) if cuts_token(file.body, at, at + len(old))]
    if cut:
        lines = ", ".join(str(file.line_at(at) + 1) for at in cut[:8])
        return Refused(
            reason=f"ambiguous: {len(cut)} of the places are inside longer words (lines {lines})",
            hint="Give whole words, with what stands around them.",
        )
    if old in new and new in file.body:
        is_all = file.body.count(new) * new.count(old) >= count
        return Refused(
            reason=ALREADY if is_all else "ambiguous: the new text stands at some of the places already",
            hint="" if is_all else "Edit the places one by one, with the lines around them.",
        )
    if "\n" not in old + new:
        edits = [
            LineEdit(
                start=row, stop=row + 1, lines=(Line(content.replace(old, new), file.ends[row] or None),)
            )
            for row, content in enumerate(file.contents)
            if old in content
        ]
        return Located(edits=tuple(edits), note=f"replaced {count} places")
    return _each_span(file, old, new)


def _each_span(file: FileLines, old: str, new: str) -> Located | Refused | None:
    edits: list[LineEdit] = []
    at = file.body.find(old)
    while at >= 0:
        edit = span_edit(Span(at, at + len(old), file), old, new)
        if not isinstance(edit, LineEdit):
            return edit
        if edits and edit.start < edits[-1].stop:
            return Refused(reason="ambiguous: several places share a line", hint="Edit them one by one.")
        edits.append(edit)
        at = file.body.find(old, at + len(old))
    return Located(edits=tuple(edits), note=f"replaced {len(edits)} places")
