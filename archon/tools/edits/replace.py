"""Replaces one text by another in a file: at the one place that is surely meant, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from archon.domain.python_source import parses_as_python
from archon.tools.edits.effort import TOO_MUCH, TooMuchEffortError
from archon.tools.edits.elision import if_nothing_goes, lost_text
from archon.tools.edits.exact import locate_everywhere, locate_exact, stands_as_lines
from archon.tools.edits.gaps import locate_elided
from archon.tools.edits.lines import FileLines, is_blank, lines_of, plain_ends, split_file
from archon.tools.edits.locate import ALREADY, Located, locate
from archon.tools.edits.nearest import nearest
from archon.tools.edits.outcome import Applied, Refused, left_out, unchanged
from archon.tools.edits.places import Place, pick
from archon.tools.edits.ragged import locate_ragged
from archon.tools.edits.readings import Reading, readings, unfenced
from archon.tools.edits.stated_line import agreed, doubt_of
from archon.tools.edits.wrapping import OwnNew, own_new

_QUOTE_LINES = "Give the lines before or after which the text belongs, in old and in new."


def replace(
    text: str,
    old: str,
    new: str,
    *,
    replace_all: bool = False,
    line_hint: int | None = None,
    path: str = "",
) -> Applied | Refused:
    """The text with `new` in place of `old`, at its one place (`replace_all`: at all of them).

    Differences in white space, line ends, indentation and typographic characters, line numbers, fences
    and escapes around the request are bridged; the file's own writing is kept in every line that old and
    new text share. `line_hint` (1-based) decides among several places. `path` tells the language.
    A text that differs in more, or has no one place, is refused with the nearest lines.
    """
    file = split_file(text)
    if not plain_ends(old):
        return _fill(file, plain_ends(new))
    try:
        found = find(file, old, new, replace_all=replace_all, line_hint=line_hint, path=path)
    except TooMuchEffortError:
        return TOO_MUCH
    return found if isinstance(found, Refused) else outcome(file, found)


def find(
    file: FileLines,
    old: str,
    new: str,
    *,
    replace_all: bool = False,
    line_hint: int | None = None,
    path: str = "",
) -> Located | Refused:
    """The edits of `replace` in a file, not yet made. Raises: TooMuchEffortError."""
    old, new = plain_ends(old), plain_ends(new)
    if not old:
        return Refused(reason="old is empty: it names no place (not found)", hint=_QUOTE_LINES)
    if is_blank(old) and not is_blank(new):
        return Refused(reason="old is only white space: it names no place (not found)", hint=_QUOTE_LINES)
    if old == new:
        return unchanged("old and new text are identical, the same")
    request = _Request(file, replace_all, line_hint, path)
    for reading in readings(old, new, file.body):
        found = request.attempt(reading)
        if isinstance(found, Located):
            note = "; ".join(part for part in (reading.note, found.note) if part)
            return Located(edits=found.edits, note=note)
        if found is not None:
            return found
    return _not_found(file, old, new)


def _fill(file: FileLines, new: str) -> Applied | Refused:
    if file.body.strip():
        return Refused(
            reason="old is empty: it names no place (not found) in a file that is not empty",
            hint=_QUOTE_LINES,
        )
    if not new:
        return unchanged("old and new text are both empty, the same")
    return Applied(text=file.bom + new.replace("\n", file.end))


def outcome(file: FileLines, found: Located) -> Applied | Refused:
    """The file after the edits that were found."""
    text = file.edited(found.edits)
    if text == file.text:
        return Refused(reason=f"{ALREADY}: nothing would change")
    return Applied(text=text, note=found.note)


def _not_found(file: FileLines, old: str, new: str) -> Refused:
    hint = nearest(file, lines_of(old))
    for reading in readings(new, old, file.body):
        wanted = reading.old.strip("\n")
        if not is_blank(wanted) and wanted in file.body:
            line = file.line_at(file.body.index(wanted)) + 1
            return Refused(
                reason=f"old was not found, and new stands at line {line}: perhaps already applied",
                hint=hint,
            )
    if old in file.body:
        line = file.line_at(file.body.index(old)) + 1
        return Refused(
            reason=f"old was not found as it stands: at line {line} it is part of a longer word or number",
            hint=hint or "Give the whole word, with what stands around it.",
        )
    return Refused(reason="old was not found: no text of the file matches it", hint=hint)


@dataclass(frozen=True, slots=True)
class _Request:
    file: FileLines
    replace_all: bool
    line_hint: int | None
    path: str

    def attempt(self, reading: Reading) -> Located | Refused | None:
        """What comes of the request read in this way; None: it has no place."""
        own = own_new(reading.old, reading.new, self.path, self.file.body)
        if self._is_program_with_fence(reading):
            own = OwnNew(reading.new)
        if own is None:
            return _WRAPPED if reading.old in self.file.body else None
        found = self._find(reading, own.text)
        if not isinstance(found, Located):
            return found
        lost = lost_text(reading.old, own.text, self.path)
        if lost is not None:
            return left_out(
                lost, "new", if_meant=if_nothing_goes(self.file.text, self.file.edited(found.edits))
            )
        note = "; ".join(part for part in (own.note, found.note) if part)
        return Located(edits=found.edits, note=note)

    def _is_program_with_fence(self, reading: Reading) -> bool:
        """Whether a fence that only new has is part of a text in a Python program, which is whole with it."""
        if unfenced(reading.new) is None or not self.path.endswith((".py", ".pyi")):
            return False
        found = self._find(reading, reading.new)
        return isinstance(found, Located) and parses_as_python(plain_ends(self.file.edited(found.edits)))

    def _find(self, reading: Reading, new: str) -> Located | Refused | None:
        file, old = self.file, reading.old
        hint = agreed(self.line_hint, reading.line_hint)

        def choose(places: list[Place]) -> Place | Refused:
            return pick(places, hint)

        olds, news = lines_of(old), lines_of(new)
        if self.replace_all:
            found = locate_everywhere(file, old, new)
            return found or locate(file, olds, news, choose=choose, every=True)
        found = (
            self._exact(reading, new, hint)
            or locate(file, olds, news, choose=choose)
            or (None if reading.is_lines else locate_ragged(file, old, new, line_hint=hint))
            or locate_elided(file, olds, news, path=self.path, choose=choose)
        )
        return (doubt_of(file, olds, found, hint) or found) if isinstance(found, Located) else found

    def _exact(self, reading: Reading, new: str, hint: int | None) -> Located | Refused | None:
        if reading.is_lines and not stands_as_lines(self.file, reading.old):
            return None
        return locate_exact(self.file, reading.old, new, line_hint=hint)


_WRAPPED = Refused(
    reason="new is wrapped in markers, numbers or escapes that old does not have",
    hint="Give old and new text as they stand in the file, without anything around them.",
)
