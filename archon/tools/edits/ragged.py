"""A text that starts or ends inside a line and differs from the file in blanks at line ends, or in signs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from archon.tools.edits.characters import fold, fold_with_offsets
from archon.tools.edits.drift import Level, erases
from archon.tools.edits.exact import cuts_token
from archon.tools.edits.lines import FileLines, is_blank, lines_of
from archon.tools.edits.locate import ALREADY, Located, stands_there
from archon.tools.edits.merge import merge
from archon.tools.edits.outcome import Refused, ambiguous
from archon.tools.edits.places import Index, Place, index_of, nearest_start, offsets_of
from archon.tools.edits.span import Span

_MOST = 50


def locate_ragged(file: FileLines, old: str, new: str, *, line_hint: int | None) -> Located | Refused | None:
    """The edit at the one place of `old`; None if there is none."""
    if is_blank(old):
        return None
    for level, spans in _spans_by_level(file, old):
        spans = [span for span in spans if not cuts_token(file.body, span.start, span.stop)]
        if not spans:
            continue
        starts = [span.first for span in spans]
        number = 0 if len(spans) == 1 else nearest_start(starts, line_hint)
        if number is None:
            return ambiguous(starts)
        return _edit(spans[number], old, new, level)
    return None


def _spans_by_level(file: FileLines, old: str) -> Iterator[tuple[Level, list[Span]]]:
    if "\n" in old.strip("\n"):
        yield Level(), _but_for_line_ends(file, old)
    if not (file.body.isascii() and old.isascii()):
        yield Level(characters=True), _but_for_signs(file, old)


def _but_for_line_ends(file: FileLines, old: str) -> list[Span]:
    *lines, last = old.split("\n")
    part = "\n".join([*(line.rstrip() for line in lines), last])
    index = index_of(file, Level())
    spans: list[Span] = []
    for offset in offsets_of(index.text, part, most=_MOST):
        start, stop = (_in_body(file, index, at) for at in (offset, offset + len(part)))
        if start is not None and stop is not None:
            spans.append(Span(start, stop, file))
    return spans


def _in_body(file: FileLines, index: Index, offset: int) -> int | None:
    """Where the character of the index's text stands in the file's body; None before its first line."""
    row = bisect_left(index.offsets, offset) - 1
    if row < 0:
        return None
    return min(file.start_of(row) + offset - index.offsets[row] - 1, len(file.body))


def _but_for_signs(file: FileLines, old: str) -> list[Span]:
    folded, part = fold_with_offsets(file.body), fold(old)
    if not part.strip():
        return []
    ends = [
        (folded.source(offset), folded.source(offset + len(part)))
        for offset in offsets_of(folded.text, part, most=_MOST)
    ]
    return [Span(start, stop, file) for start, stop in ends if start is not None and stop is not None]


def _edit(span: Span, old: str, new: str, level: Level) -> Located | Refused | None:
    if span.starts_in_indentation and "\n" in new.strip("\n"):
        return None
    if span.ends_line and new and not new.endswith("\n"):
        new += "\n"
    olds = (span.prefix + old + span.suffix).removesuffix("\n").split("\n")
    news = lines_of(span.prefix + new + span.suffix)
    place = Place(tuple(range(span.first, span.last + 1)))
    if len(olds) != len(place.partners) or erases(level, olds, news):
        return None
    if stands_there(span.file, place, olds, news):
        return Refused(reason=f"{ALREADY} (line {span.first + 1})")
    edit = merge(span.file, place, olds, news, level)
    return Located(edits=(edit,), note=level.note) if edit else None
