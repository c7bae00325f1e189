"""An edit of a stretch of text that may start and end inside a line."""

from __future__ import annotations

from dataclasses import dataclass

from archon.tools.edits.drift import Level
from archon.tools.edits.indent_style import Pair
from archon.tools.edits.indentation import reindent
from archon.tools.edits.lines import FileLines, LineEdit, indent_of, is_blank, lines_of
from archon.tools.edits.merge import merge
from archon.tools.edits.outcome import Refused
from archon.tools.edits.places import Place, file_unit

UNKNOWN_INDENT = Refused(
    reason="the place is found, but the indentation of the new lines cannot be told: some stand as if the "
    "text began at the margin, some as if it did not",
    hint="Give old and new text from the start of a line on, indented as in the file.",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the file's body that `old` stands for."""

    start: int
    stop: int
    file: FileLines

    @property
    def ends_line(self) -> bool:
        return self.file.body[self.stop - 1 : self.stop] == "\n"

    @property
    def first(self) -> int:
        return self.file.line_at(self.start)

    @property
    def last(self) -> int:
        return self.file.line_at(self.stop - 1 if self.ends_line else self.stop)

    @property
    def prefix(self) -> str:
        """What stands before it in its first line."""
        return self.file.body[self.file.start_of(self.first) : self.start]

    @property
    def suffix(self) -> str:
        """What stands after it in its last line."""
        return (
            ""
            if self.ends_line
            else self.file.contents[self.last][self.stop - self.file.start_of(self.last) :]
        )

    @property
    def starts_in_indentation(self) -> bool:
        return bool(self.prefix) and self.prefix.isspace()


def span_edit(span: Span, old: str, new: str) -> LineEdit | Refused | None:
    """The edit that puts `new` in place of the stretch, which `old` stands for.

    A line end that only `new` lacks is kept, so that no two lines run together. None: the stretch is not
    what `old` means, because its first line is indented otherwise and further lines follow.
    """
    if span.prefix and _only_old_starts_below(old, new):
        return span_edit(Span(span.start + 1, span.stop, span.file), old[1:], new)
    if span.starts_in_indentation:
        old_lines = lines_of(old)
        if len(old_lines) > 1 and indent_of(old_lines[0]):
            return None
        if span.ends_line and not new:
            return _edit(span, [])
        if len(old_lines) > 1 and not _keeps_first_line(span.prefix, old_lines[0], lines_of(new)):
            return UNKNOWN_INDENT
        if len(old_lines) == 1 and ("\n" in new.strip("\n") or indent_of(new)):
            return _reindented(span, old_lines[0], new)
    return _literal(span, old, new)


def _only_old_starts_below(old: str, new: str) -> bool:
    """Whether the old text alone begins with a line end, so that two lines would run together."""
    return old.startswith("\n") and old != "\n" and bool(new) and not new.startswith("\n") and new != old[1:]


def _keeps_first_line(prefix: str, first: str, new: list[str]) -> bool:
    """Whether the first old line, where it stands further down in the new text, is indented as it was."""
    return all(line == prefix + first for line in new[1:] if line.strip() == first.strip())


def _literal(span: Span, old: str, new: str) -> LineEdit | None:
    if not span.ends_line:
        lines = (span.prefix + new + span.suffix).split("\n")
        if lines[-1] == "" and len(lines) > 1 and span.stop == len(span.file.body):
            return _edit(span, lines[:-1], final_newline=True)
        return _edit(span, lines)
    if new and new == old[:-1]:
        return _joined(span, new)
    if not new:
        return _edit(span, [span.prefix] if span.prefix else [])
    return _edit(span, lines_of(span.prefix + new))


def _joined(span: Span, new: str) -> LineEdit | None:
    """All that is asked for is that the line end goes."""
    if span.stop == len(span.file.body):
        return _edit(span, (span.prefix + new).split("\n"), final_newline=False)
    beyond = Span(span.start, span.stop + len(span.file.contents[span.last + 1]), span.file)
    if beyond.ends_line:
        return _edit(span, lines_of(span.prefix + new))
    return _edit(beyond, (span.prefix + new + span.file.contents[span.last + 1]).split("\n"))


def _edit(span: Span, lines: list[str], *, final_newline: bool | None = None) -> LineEdit | None:
    place = Place(tuple(range(span.first, span.last + 1)))
    edit = merge(span.file, place, span.file.contents[span.first : span.last + 1], lines, Level(exact=True))
    if edit is None or final_newline is None:
        return edit
    return LineEdit(start=edit.start, stop=edit.stop, lines=edit.lines, final_newline=final_newline)


def _reindented(span: Span, old: str, new: str) -> LineEdit | Refused | None:
    """One old line, several new ones, and the file's line is indented deeper than the old one says."""
    lines = lines_of(new) if span.ends_line else new.split("\n")
    rule = reindent([Pair(old, span.prefix + old)], lines, file_unit=file_unit(span.file))
    if rule is None:
        return UNKNOWN_INDENT
    written = ["" if is_blank(line) else (rule(indent_of(line)) or "") + line.lstrip() for line in lines]
    written[-1] += span.suffix
    return _edit(span, written)
