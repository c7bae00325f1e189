"""Reads a diff as models write it: counts, numbers, headers and markers may be wrong or missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from archon.tools.edits.lines import is_blank

_HUNK = re.compile(r"^@@+ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@+ ?(.*)$")
_BARE_HUNK = re.compile(r"^@@+(.*?)(?:@@+)?\s*$")
_FENCE = re.compile(r"^(?:```|~~~)")
_FIRST = re.compile(r"^(?:--- |\+\+\+ |@@|diff --git |Index: |\*\*\* (?:Begin|Update|Add|Delete))")
_GIT = re.compile(r"^diff --git (?:a/)?(?P<old>\S+) (?:b/)?(?P<new>\S+)$")
_PATCH = re.compile(r"^\*\*\* (?P<what>Update|Add|Delete) File: (?P<path>.+)$")
_PATCH_REST = re.compile(r"^\*\*\* (?:Begin Patch|End Patch|End of File)\s*$")
_NO_NEWLINE = "\\ No newline"
_NOWHERE = "/dev/null"
_SIDES = "original|old|before|current|existing|modified|new|after|updated|changed|proposed|fixed"
_SIDE = re.compile(rf"^(?:(?:{_SIDES})(?:[ _](?:file|version|code))?)$", re.IGNORECASE)
_STAMP = re.compile(rf" +(?:\d{{4}}-\d\d-\d\d[ T]\d.*|\((?:{_SIDES})[^()]*\))$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DiffLine:
    sign: str
    """" ", "-" or "+"."""
    text: str
    raw: str
    is_marked: bool = True
    """Whether the sign was written; a line without one is context."""


@dataclass(slots=True)
class Hunk:
    start: int | None = None
    """The 1-based line of the old file that the header states."""
    counts: tuple[int, int] | None = None
    section: str = ""
    """What the header says after its second @@: the function or heading that the hunk is in."""
    lines: list[DiffLine] = field(default_factory=list)
    old_lacks_newline: bool = False
    new_lacks_newline: bool = False
    counted: int | None = None
    """How many lines make up the stated counts; None as long as they do not."""
    _taken: tuple[int, int] = (0, 0)
    """How many old and new lines there are."""

    def take(self, raw: str) -> None:
        if raw.startswith(_NO_NEWLINE):
            sign = self.lines[-1].sign if self.lines else " "
            self.old_lacks_newline |= sign in " -"
            self.new_lacks_newline |= sign in " +"
            return
        if raw[:1] in (" ", "-", "+"):
            self.lines.append(DiffLine(raw[0], raw[1:], raw))
        else:
            self.lines.append(DiffLine(" ", raw, raw, is_marked=False))
        sign = self.lines[-1].sign
        self._taken = (self._taken[0] + (sign in " -"), self._taken[1] + (sign in " +"))
        if self.counts == self._taken:
            self.counted = self.counted or len(self.lines)

    def side(self, sign: str) -> list[str]:
        """The lines before ("-") or after ("+") the change."""
        return [line.text for line in self.lines if line.sign in (" ", sign)]

    @property
    def is_counted(self) -> bool:
        return self.counted is not None

    @property
    def is_due(self) -> tuple[int, int] | None:
        """How many old and new lines the stated counts still wait for."""
        if self.counts is None:
            return None
        return self.counts[0] - self._taken[0], self.counts[1] - self._taken[1]


@dataclass(slots=True)
class FileDiff:
    old_path: str | None = None
    new_path: str | None = None
    hunks: list[Hunk] = field(default_factory=list)
    is_renaming: bool = False
    is_binary: bool = False

    @property
    def is_creation(self) -> bool:
        return self.old_path == _NOWHERE

    @property
    def is_deletion(self) -> bool:
        return self.new_path == _NOWHERE

    @property
    def paths(self) -> list[str]:
        return [path for path in (self.old_path, self.new_path) if path and path != _NOWHERE]


def read_diff(diff: str) -> list[FileDiff]:
    """The files that the diff speaks of, with their hunks; text around them is passed over."""
    lines = _without_fences(diff.split("\n"))
    reader = _Reader(lines)
    reader.read()
    return [file for file in reader.files if file.hunks or file.paths]


def _without_fences(lines: list[str]) -> list[str]:
    fence = next((number for number, line in enumerate(lines) if _FENCE.match(line)), None)
    first = next((number for number, line in enumerate(lines) if _FIRST.match(line)), None)
    if fence is None or (first is not None and first < fence):
        return lines
    kept: list[str] = []
    is_inside = False
    for number, line in enumerate(lines[fence:], fence):
        if not is_inside and _FENCE.match(line):
            is_inside = True
        elif is_inside and line.rstrip() in ("```", "~~~") and not _is_content(lines, number):
            is_inside = False
        elif is_inside:
            kept.append(line)
    return kept


def _is_content(lines: list[str], number: int) -> bool:
    """Whether a fence is part of the diffed text: changes follow, and the next fence starts no other diff."""
    after = next((at for at in range(number + 1, len(lines)) if _FENCE.match(lines[at])), None)
    if after is None or _FIRST.match("".join(lines[after + 1 : after + 2])):
        return False
    return any(line[:1] in ("+", "-", "@", " ") for line in lines[number + 1 : after])


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.files: list[FileDiff] = []
        self._lines = lines[:-1] if lines and not lines[-1] else lines
        self._hunk: Hunk | None = None
        self._at = 0

    def read(self) -> None:
        has_headers = any(_FIRST.match(line) for line in self._lines)
        if not has_headers:
            self._lines = _without_talk(self._lines)
            self._open_hunk(Hunk())
        while self._at < len(self._lines):
            if not self._read_header():
                self._read_body(self._lines[self._at])
                self._at += 1
        for file in self.files:
            file.hunks = [hunk for hunk in file.hunks if hunk.lines]

    def _read_header(self) -> bool:
        line = self._lines[self._at]
        return (
            self._read_git(line) or self._read_names(line) or self._read_patch(line) or self._read_hunk(line)
        )

    def _read_git(self, line: str) -> bool:
        git = _GIT.match(line)
        if git is None:
            return False
        self._open_file(FileDiff(git["old"], git["new"]))
        self._at += 1
        while self._at < len(self._lines) and not self._lines[self._at].startswith(
            ("--- ", "@@", "diff --git ")
        ):
            extra = self._lines[self._at]
            self.files[-1].is_renaming |= extra.startswith(("rename ", "copy "))
            self.files[-1].is_binary |= extra.startswith(("Binary files ", "GIT binary patch"))
            if extra.startswith("deleted file"):
                self.files[-1].new_path = _NOWHERE
            if extra.startswith("new file"):
                self.files[-1].old_path = _NOWHERE
            self._at += 1
        return True

    def _read_names(self, line: str) -> bool:
        following = self._lines[self._at + 1 : self._at + 3]
        if not line.startswith("--- ") or not following or not following[0].startswith("+++ "):
            return False
        if self._hunk is not None and self._hunk.lines:
            is_next = len(following) < 2 or following[1].startswith("@@")
            if not is_next or self._hunk.is_due == (1, 1):
                return False
        file = self.files[-1] if self.files and not self.files[-1].hunks else None
        if file is None:
            file = FileDiff()
            self._open_file(file)
        file.old_path, file.new_path = _name(line[4:]), _name(following[0][4:])
        self._hunk = None
        self._at += 2
        return True

    def _read_patch(self, line: str) -> bool:
        patch = _PATCH.match(line)
        if patch is not None:
            old = _NOWHERE if patch["what"] == "Add" else patch["path"].strip()
            new = _NOWHERE if patch["what"] == "Delete" else patch["path"].strip()
            self._open_file(FileDiff(old, new))
        elif line.startswith("*** Move to: ") and self.files:
            self.files[-1].is_renaming = True
        elif not _PATCH_REST.match(line):
            return False
        self._at += 1
        return True

    def _read_hunk(self, line: str) -> bool:
        full = _HUNK.match(line)
        bare = _BARE_HUNK.match(line)
        if full is not None:
            counts = (int(full[2] or 1), int(full[4] or 1))
            self._open_hunk(Hunk(start=int(full[1]), counts=counts, section=full[5].strip()))
        elif bare is not None:
            section = bare[1].strip().strip(".").strip()
            number = re.match(r"^-(\d+)", section)
            self._open_hunk(Hunk(start=int(number[1]) if number else None, section="" if number else section))
        else:
            return False
        self._at += 1
        return True

    def _open_file(self, file: FileDiff) -> None:
        self.files.append(file)
        self._hunk = None

    def _open_hunk(self, hunk: Hunk) -> None:
        if not self.files:
            self.files.append(FileDiff())
        self.files[-1].hunks.append(hunk)
        self._hunk = hunk

    def _read_body(self, line: str) -> None:
        if self._hunk is None:
            if not self.files or line[:1] not in (" ", "-", "+"):
                return
            self._open_hunk(Hunk())
        hunk = self._hunk
        if hunk is not None and hunk.is_counted and line.rstrip() == "--":
            self._hunk = None
            return
        if hunk is not None:
            hunk.take(line)


def _name(text: str) -> str | None:
    """The path in a header; None for words that only say which side of the change it is."""
    name = _STAMP.sub("", text.split("\t")[0]).strip().strip('"')
    if _SIDE.match(name):
        return None
    return name if name == _NOWHERE else re.sub(r"^[ab]/", "", name)


def _without_talk(lines: list[str]) -> list[str]:
    """The lines from the first to the last with a sign, of a text without any header."""
    signed = [number for number, line in enumerate(lines) if line[:1] in ("-", "+")]
    if not signed:
        return []
    first, last = signed[0], signed[-1]
    while first and (lines[first - 1].startswith(" ") and not is_blank(lines[first - 1])):
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].startswith(" ") and not is_blank(lines[last + 1]):
        last += 1
    return lines[first : last + 1]
