"""Lines for a screen: broken between words where it is narrow. What a program reads is left as it is."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TextIO
from unicodedata import east_asian_width

NARROWEST = 20
USUAL = 80
_LEAST_BESIDE = 10
"""Cells of a line that a command may leave to its indentation."""
_HELD_SPACE = "\ue000"
"""Stands for a space at which no line is broken."""
_COMMAND = re.compile(r"`[^`\n]+`")


def columns(stream: TextIO) -> int | None:
    """How wide the terminal is that the stream goes to; None where no person reads it as it comes."""
    if not stream.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return max(int(told), NARROWEST)
    with suppress(OSError, ValueError):
        return max(os.get_terminal_size(stream.fileno()).columns or USUAL, NARROWEST)
    return USUAL


def wrapped(text: str, width: int | None, *, hang: int | None = None) -> list[str]:
    """The text as lines of at most `width` cells, broken between words alone; a longer word stays whole.

    `hang` is how far what follows a break is indented: by default two more than its line.
    """
    if width is None:
        return [text]
    held = _COMMAND.sub(lambda found: _held(found[0], width), text)
    lines = [part for line in held.split("\n") for part in _broken(line, width, hang)]
    return [line.replace(_HELD_SPACE, " ") for line in lines]


def clipped_to(text: str, width: int) -> str:
    """The words that fit, and an ellipsis for the others."""
    if cells(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while cells(kept) > width - 1:
        kept = kept[:-1]
    whole, space, _ = kept.rpartition(" ")
    return f"{whole if space else kept}…"


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _held(command: str, width: int) -> str:
    """A command that a person may copy, to be kept on one line if one has the room for it."""
    return command.replace(" ", _HELD_SPACE) if cells(command) <= width - _LEAST_BESIDE else command


def _broken(line: str, width: int, hang: int | None) -> list[str]:
    indent = len(line) - len(line.lstrip(" "))
    following = " " * min(indent + 2 if hang is None else hang, width // 2)
    lines: list[str] = []
    lead, rest = line[:indent], line[indent:]
    while cells(lead) + cells(rest) > width and (cut := _cut(rest, width - len(lead))):
        lines.append(lead + rest[:cut].rstrip(" "))
        lead, rest = following, rest[cut:].lstrip(" ")
    return [*lines, lead + rest]


def _cut(text: str, room: int) -> int:
    """Where to break: at the last space within the room, else at the first one; 0 where there is none."""
    end = room + 1
    while cells(text[:end]) > room + 1:
        end -= 1
    within = text.rfind(" ", 1, end)
    return within if within > 0 else max(text.find(" ", 1), 0)
