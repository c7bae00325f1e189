"""Tables and text as wide as the terminal is, and coloured where somebody sees it."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence

from archon.cli.show import out

GREEN, RED, DIM, BOLD, PLAIN = "32", "31", "2", "1", ""
GAP = "  "
LEAST_WIDTH = 20
"""Columns that text is given however far it is indented."""


def columns() -> int:
    """Of the terminal; wide where there is none."""
    return shutil.get_terminal_size(fallback=(120, 24)).columns


def print_wrapped(text: str, *, indent: int = 0) -> None:
    """Text in as many lines as the terminal needs, all of them behind blanks."""
    for line in wrapped(text, indent=indent):
        out(line)


def print_hung(start: str, text: str, *, indent: int) -> None:
    """A line's start, and behind it text that goes on below itself: `indent` is where it begins."""
    first, *rest = wrapped(text, indent=indent) or [""]
    out(f"{start}{first.strip()}".rstrip())
    for line in rest:
        out(line)


def wrapped(text: str, *, indent: int = 0) -> list[str]:
    """The lines of a text, each behind as many blanks."""
    width = max(LEAST_WIDTH, columns() - indent)
    return [" " * indent + line for line in textwrap.wrap(text.strip(), width, break_on_hyphens=False)]


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
