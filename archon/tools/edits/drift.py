"""How much a text may differ from the file and still mean its lines: levels, the strictest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archon.domain.patterns import late
from archon.tools.edits.characters import fold
from archon.tools.edits.lines import is_blank

_QUOTED_OR_SPACE = late(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)|(["'`].*)|[ \t]+""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is overlooked when lines are compared; trailing white space always is, unless `exact`."""

    exact: bool = False
    characters: bool = False
    double_dash: bool = False
    """A long dash stands for two short ones."""
    blank_lines: bool = False
    indentation: bool = False
    inner_space: bool = False
    """How wide a gap between words is, outside of quotes."""

    def key(self, line: str) -> str:
        if self.exact:
            return line
        text = line.strip() if self.indentation else line.rstrip()
        if self.characters:
            text = fold(text, double_dash=self.double_dash)
            text = text.strip() if self.indentation else text.rstrip()
        return _narrow(text) if self.inner_space else text

    def keys(self, lines: list[str]) -> list[str]:
        keys = list(map(self._quick_key(), lines))
        return [key for key in keys if key] if self.blank_lines else keys

    def _quick_key(self) -> Callable[[str], str]:
        if self.exact or self.characters or self.inner_space:
            return self.key
        return str.strip if self.indentation else str.rstrip

    @property
    def note(self) -> str:
        said = {
            "typographic characters": self.characters,
            "blank lines": self.blank_lines,
            "indentation": self.indentation,
            "white space inside lines": self.inner_space,
        }
        named = [name for name, is_overlooked in said.items() if is_overlooked]
        return "" if self.exact else "bridged a difference in " + (", ".join(named) or "trailing white space")


def _narrow(text: str) -> str:
    if "  " not in text and "\t" not in text:
        return text
    return _QUOTED_OR_SPACE.sub(lambda found: found[1] or found[2] or " ", text)


def levels(*, has_signs: bool, has_dashes: bool) -> Iterator[Level]:
    """All levels; `has_signs`: some characters are not ASCII; `has_dashes`: long dashes and double ones."""
    signs = [(False, False), *([(True, False)] * has_signs), *([(True, True)] * has_dashes)]
    yield Level(exact=True)
    for indentation in (False, True):
        for blank_lines in (False, True):
            for characters, double_dash in signs:
                yield Level(
                    characters=characters,
                    double_dash=double_dash,
                    blank_lines=blank_lines,
                    indentation=indentation,
                )
    for characters, double_dash in signs:
        yield Level(inner_space=True, indentation=True, characters=characters, double_dash=double_dash)


def erases(level: Level, old: list[str], new: list[str]) -> bool:
    """Whether old and new text are the same at this level: then the level overlooks what is asked for."""
    return level.keys(old) == level.keys(new)


def says_something(lines: list[str]) -> bool:
    """Whether the lines hold a letter or a digit: brackets alone name no place but an exact one."""
    return any(sign.isalnum() for line in lines if not is_blank(line) for sign in line)
