"""The documentation's pages, taken apart into what can be held to the code."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")
_OPERATORS = {"|", "||", "&", "&&", ";", "<", ">", ">>"}


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Language and text of each fenced block."""
        return _FENCE.findall(self.text)

    @property
    def code(self) -> list[str]:
        """What stands in code type outside of fenced blocks."""
        return _CODE.findall(_FENCE.sub("", self.text))

    def rows(self, *headings: str) -> list[list[str]]:
        """The cells of the table with these headings, without them."""
        lines = self.text.splitlines()
        start = lines.index(f"| {' | '.join(headings)} |") + 2
        rows = []
        for line in lines[start:]:
            if not line.startswith("|"):
                break
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        return rows


def pages() -> list[Page]:
    return [Page(path) for path in PAGES if path.exists()]


def page(name: str) -> Page:
    return Page(ROOT / name)


def names(cell: str) -> list[str]:
    """What stands in code type in a cell of a table."""
    return _CODE.findall(cell)


def command_lines(program: str) -> Iterator[tuple[Page, list[str]]]:
    """The arguments of each line of a fenced block that starts the program, shell operators cut off."""
    for each in pages():
        for _, block in each.blocks:
            for line in block.replace("\\\n", " ").splitlines():
                words = _words(line)
                if words and words[0].rpartition("/")[2] == program:
                    yield each, words[1:]


def _words(line: str) -> list[str]:
    """The first command of a line of shell; nothing for a line that is none."""
    try:
        words = shlex.split(line.removeprefix("$ "), comments=True)
    except ValueError:
        return []
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    end = next((number for number, word in enumerate(words) if word in _OPERATORS), len(words))
    return words[:end]
