"""Where a story's lines go: to a terminal with colour and broken between words, anywhere else plainly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from archon.cli.layout import columns, wrapped
from archon.cli.show import look_away, say
from archon.cli.story_lines import Line, Style

_COLOURS: dict[Style, str] = {
    "title": "bold",
    "plain": "",
    "dim": "dim",
    "good": "green",
    "bad": "red",
    "added": "green",
    "removed": "red",
}


def progress_printer(*, quiet: bool = False) -> Callable[[Iterable[Line]], None]:
    """Prints lines to standard error; nothing at all when quiet."""
    if quiet:
        return _silent
    return _coloured() if sys.stderr.isatty() else _plain


def _silent(lines: Iterable[Line]) -> None:
    return


def _plain(lines: Iterable[Line]) -> None:
    for line in lines:
        say(line.text)


def _coloured() -> Callable[[Iterable[Line]], None]:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)

    def show(lines: Iterable[Line]) -> None:
        try:
            for line in lines:
                for part in wrapped(line.text, columns(sys.stderr)):
                    console.print(Text(part, style=_COLOURS[line.style]))
        except OSError:
            look_away()

    return show
