"""Carries the change between old and new text over to the file's own lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archon.tools.edits.characters import Typography, fold, typography
from archon.tools.edits.drift import Level
from archon.tools.edits.effort import Opcode
from archon.tools.edits.indent_rules import Rule
from archon.tools.edits.indent_style import Pair
from archon.tools.edits.indentation import own_signs_rule, reindent
from archon.tools.edits.lines import FileLines, Line, LineEdit, indent_of, is_blank
from archon.tools.edits.places import Place, file_unit

Render = Callable[[str, str | None, str | None], str]
"""A new line as the file would write it, given the old line that it replaces and the file's line, if any."""

_ALIKE = 0.6
_MOST_SIGNS = 300
"""So much of a line is looked at to tell which old line a new one is made of."""


@dataclass(frozen=True, slots=True)
class Part:
    """Old lines of a request, the new ones for them, and where the old ones stand."""

    place: Place
    old: list[str]
    new: list[str]


def merge(file: FileLines, place: Place, old: list[str], new: list[str], level: Level) -> LineEdit | None:
    """The edit that makes `new` of the lines at `place`, which stand for `old`.

    Lines that old and new text share stay as the file has them, to the byte. None: the indentation is not
    that of the file by any one rule, or it cannot be told on which side of a blank line of the file new
    lines belong.
    """
    edits = merge_parts(file, [Part(place, old, new)], level)
    return edits[0] if edits else None


def merge_parts(file: FileLines, parts: list[Part], level: Level) -> list[LineEdit] | None:
    """The edits of several parts, written by one rule that is learnt from all of them."""
    whole = _whole(parts)
    render = _render(file, whole, level)
    if render is None:
        return None
    edits: list[LineEdit] = []
    for part in map(_without_outer_blanks, parts):
        weaver = _Weaver(file, part, render)
        if not weaver.weave(_opcodes(file, part, level)):
            return None
        edits.append(LineEdit(start=part.place.start, stop=part.place.stop, lines=tuple(weaver.lines)))
    return edits


def _whole(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    partners = tuple(partner for part in parts for partner in part.place.partners)
    old, new = ([line for part in parts for line in side(part)] for side in (_old, _new))
    return Part(Place(partners), old, new)


def _without_outer_blanks(part: Part) -> Part:
    """The part without the outer blank lines of old that the file lacks, and without as many of new."""
    partners, old, new = part.place.partners, part.old, part.new
    while old and is_blank(old[0]) and partners[0] is None:
        partners, old, new = partners[1:], old[1:], new[1:] if new and is_blank(new[0]) else new
    while old and is_blank(old[-1]) and partners[-1] is None:
        partners, old, new = partners[:-1], old[:-1], new[:-1] if new and is_blank(new[-1]) else new
    return part if len(old) == len(part.old) else Part(Place(partners), old, new)


def _old(part: Part) -> list[str]:
    return part.old


def _new(part: Part) -> list[str]:
    return part.new


def fits(file: FileLines, place: Place, old: list[str], level: Level) -> bool:
    """Whether the lines at `place` are nested as the old lines are."""
    return not level.indentation or _indentation(file, _pairs(file, place, old), [], level) is not None


def _pairs(file: FileLines, place: Place, old: list[str]) -> list[Pair]:
    return [
        Pair(line, file.contents[partner])
        for line, partner in zip(old, place.partners, strict=True)
        if partner is not None and not is_blank(line)
    ]


def _render(file: FileLines, part: Part, level: Level) -> Render | None:
    own_signs = own_signs_rule(file.contents, part.old, part.new, file_unit=file_unit(file))
    if level.exact:
        return lambda line, _old, _held: own_signs(indent_of(line)) + line.lstrip() if line.strip() else line
    pairs = _pairs(file, part.place, part.old)
    rule = _indentation(file, pairs, part.new, level) if level.indentation else own_signs
    if rule is None:
        return None
    signs = None
    if level.characters or level.inner_space:
        texts = [(pair.old, pair.held) for pair in pairs]
        signs = typography(
            texts, double_dash=level.double_dash, any_space=level.inner_space, effort=file.effort
        )
    return _Renderer(rule, signs, all(_tail(pair.old) and not _tail(pair.held) for pair in pairs))


def _indentation(file: FileLines, pairs: list[Pair], new: list[str], level: Level) -> Rule | None:
    if level.characters:
        pairs = [Pair(fold(pair.old), fold(pair.held)) for pair in pairs]
        new = list(map(fold, new))
    return reindent(pairs, new, file_unit=file_unit(file))


@dataclass(frozen=True, slots=True)
class _Renderer:
    rule: Rule
    signs: Typography | None
    has_stray_tails: bool
    """Whether every old line ends in white space that the file does not have."""

    def __call__(self, line: str, old: str | None, held: str | None) -> str:
        if is_blank(line):
            return ""
        signs = self.signs
        indent = indent_of(fold(line) if signs else line)
        body, tail = line.strip(), _tail(line)
        if self.has_stray_tails or (old is not None and held is not None and _tail(old) == tail):
            tail = _tail(held) if held is not None else ""
        if signs:
            has_pair = old is not None and held is not None and bool(old.strip())
            body = signs.patched(old.strip(), held.strip(), body) if has_pair else signs.in_file(body)  # type: ignore[union-attr]
        return (self.rule(indent) or "") + body + tail


def _tail(line: str) -> str:
    return line[len(line.rstrip()) :]


def _opcodes(file: FileLines, part: Part, level: Level) -> list[Opcode]:
    """What differs between old and new text, line by line, from 0."""
    compared = Level(exact=level.exact, characters=level.characters, double_dash=level.double_dash)
    keys, new_keys = ([compared.key(line) for line in lines] for lines in (part.old, part.new))
    return file.effort.opcodes(keys, new_keys)


def _odd_blanks(part: Part) -> set[int]:
    """The blank old lines that stand where the file has another number of them."""
    odd: set[int] = set()
    run: list[int] = []
    before = part.place.start - 1
    for number, (line, partner) in enumerate(zip(part.old, part.place.partners, strict=True)):
        if is_blank(line):
            run.append(number)
            continue
        if partner is not None:
            odd |= set(run) if partner - before - 1 != len(run) else set()
            before = partner
        run = []
    return odd


class _Weaver:
    def __init__(self, file: FileLines, part: Part, render: Render) -> None:
        self.lines: list[Line] = []
        self._file, self._place, self._old, self._new = file, part.place, part.old, part.new
        self._render = render
        self._cursor = part.place.start
        self._odd_blanks = _odd_blanks(part)

    def weave(self, opcodes: Sequence[Opcode]) -> bool:
        """Fill `lines`; False if new lines meet a blank line that only the file has."""
        for tag, first, last, new_first, new_last in opcodes:
            if tag == "equal":
                self._keep(first, last)
            elif not self._replace(range(first, last), range(new_first, new_last)):
                return False
        return True

    def _keep(self, first: int, last: int) -> None:
        for partner in self._place.partners[first:last]:
            if partner is not None:
                self._emit_until(partner + 1)

    def _emit_until(self, stop: int) -> None:
        self.lines += map(self._file.line, range(self._cursor, stop))
        self._cursor = max(self._cursor, stop)

    def _replace(self, gone: range, come: range) -> bool:
        held = [partner for number in gone if (partner := self._place.partners[number]) is not None]
        if not held:
            return self._insert(come, gone.stop) and not self._odd_blanks.intersection(gone)
        after_blank = self._cursor < held[0]
        self._emit_until(held[0])
        has_gap = held[-1] - held[0] + 1 > len(held)
        if len(gone) == len(come) == len(held):
            for number, new_number in zip(gone, come, strict=True):
                self._emit_until(held[number - gone.start])
                self._write(new_number, number)
                self._cursor += 1
            return True
        rest = self._without_blank_start(come) if after_blank else come
        pairs = self._paired(gone, rest)
        for new_number, model in pairs:
            self._write(new_number, model)
        self._cursor = held[-1] + 1
        before_blank = self._following(gone.stop) > self._cursor
        is_clear = not pairs or (
            not has_gap
            and (not after_blank or pairs[0][1] == gone[0])
            and (not before_blank or pairs[-1][1] == gone[-1])
        )
        return is_clear and not self._odd_blanks.intersection(gone)

    def _following(self, number: int) -> int:
        """The file's line of the next old line from `number` on that has one."""
        return next((line for line in self._place.partners[number:] if line is not None), self._cursor)

    def _insert(self, come: range, before: int) -> bool:
        if self._following(before) > self._cursor:
            return not self._without_blank_start(come)
        for number in come:
            self._write(number, None)
        return True

    def _without_blank_start(self, come: range) -> range:
        """The new lines after the blank ones that the file already has there."""
        first = next((number for number in come if not is_blank(self._new[number])), come.stop)
        return range(first, come.stop)

    def _paired(self, gone: range, come: range) -> list[tuple[int, int | None]]:
        """Each new line with the old one that it is most likely made of."""
        first = gone.start
        pairs: list[tuple[int, int | None]] = []
        for new_number in come:
            near = range(first, min(first + 8, gone.stop))
            alike = next((number for number in near if self._is_alike(number, new_number)), None)
            first = first if alike is None else alike + 1
            pairs.append((new_number, alike))
        return pairs

    def _is_alike(self, number: int, new_number: int) -> bool:
        old, new = self._old[number].strip()[:_MOST_SIGNS], self._new[new_number].strip()[:_MOST_SIGNS]
        matcher = self._file.effort.matcher(old, new)
        return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE

    def _write(self, new_number: int, number: int | None) -> None:
        partner = self._place.partners[number] if number is not None else None
        old = self._old[number] if number is not None else None
        held = self._file.line(partner) if partner is not None else None
        content = self._render(self._new[new_number], old, held.content if held else None)
        self.lines.append(Line(content, (held.end or None) if held else None))
