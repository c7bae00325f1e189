"""Tables and notes below them, as wide as the terminal is, and coloured where somebody sees it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence

from archon.cli.layout import columns, wrapped
from archon.cli.show import out

GREEN, RED, DIM, BOLD, PLAIN = "32", "31", "2", "1", ""
GAP = "  "
WIDTH_IN_A_PIPE = 120


def page_width() -> int:
    """Columns of the terminal; where there is none, what `COLUMNS` says, or many."""
    return columns(sys.stdout) or shutil.get_terminal_size(fallback=(WIDTH_IN_A_PIPE, 24)).columns


def print_indented(text: str, *, indent: int = 0) -> None:
    """Text in as many lines as the terminal needs, all of them behind blanks."""
    for line in _indented(text, indent):
        out(line)


def print_hung(start: str, text: str, *, indent: int) -> None:
    """A line's start, and behind it text that goes on below itself: `indent` is where it begins."""
    first, *rest = _indented(text, indent) or [""]
    out(f"{start}{first.strip()}".rstrip())
    for line in rest:
        out(line)


def widths_of(rows: Iterable[Sequence[str]]) -> list[int]:
    """How wide each column of a table is."""
    return [max(map(len, cells)) for cells in zip(*rows, strict=True)]


def table_width(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def line_of(cells: Sequence[str], widths: Sequence[int], colours: Sequence[str] = ()) -> str:
    """A table's line: each cell padded, and then in its colour."""
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    shown = [coloured(cell, colour) for cell, colour in zip(padded, colours, strict=False)]
    return GAP.join([*shown, *padded[len(shown) :]])


def coloured(text: str, colour: str) -> str:
    """Plain where nobody sees colours, or nobody wants any (no-color.org)."""
    if not colour or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def _indented(text: str, indent: int) -> list[str]:
    said = text.strip()
    return wrapped(" " * indent + said, page_width(), hang=indent) if said else []
