"""Line numbers that were copied along with the text of a listing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.tools.edits.lines import lines_of

_NUMBERED = re.compile(
    r"^[ \t]*(?:L(?:ine )?|\[)?(?P<number>\d+)\]?"
    r"(?P<separator>\t|→|[ ]?[|│][ ]?|:[ ]?|\.[ ]|\)[ ]|[ ]{1,2}|$)(?P<text>.*)$"
)
_SURE = ("\t", "→", "|", "│")


@dataclass(frozen=True, slots=True)
class Listing:
    text: str
    """What was listed, without the numbers."""
    first: int
    separator: str


def without_numbers(text: str) -> Listing | None:
    """The text without its line numbers, if every line has one and they count up by one."""
    lines = lines_of(text)
    found = [_NUMBERED.match(line) for line in lines]
    numbers = [int(one["number"]) for one in found if one]
    if not lines or len(numbers) < len(lines):
        return None
    if numbers != list(range(numbers[0], numbers[0] + len(lines))):
        return None
    separator = _separator([one["separator"] for one in found if one])
    if separator is None or (len(lines) == 1 and not separator.strip(" .)")):
        return None
    bare = [_bare(line, separator) for line in lines]
    if any(line is None for line in bare):
        return None
    ending = "\n" if text.endswith("\n") else ""
    return Listing("\n".join(line or "" for line in bare) + ending, numbers[0], separator)


def _separator(separators: list[str]) -> str | None:
    """The longest text that follows every number; empty lines may lack its last blank, or all of it."""
    full = [separator for separator in separators if separator]
    if not full:
        return None
    shortest = min(full, key=len)
    return shortest if all(separator.startswith(shortest) for separator in full) else None


def _bare(line: str, separator: str) -> str | None:
    found = re.match(r"^[ \t]*(?:L(?:ine )?|\[)?\d+\]?", line)
    if found is None:
        return None
    rest = line[found.end() :]
    if rest.startswith(separator):
        return rest[len(separator) :]
    return "" if not rest.strip() or rest == separator.rstrip() else None


def starts_of_listing(new: str, listed: Listing) -> str | None:
    """`new` without the numbers of the listing that the old text came from.

    Lines without a number are taken as they are; None where numbers and separator may as well be text.
    """
    lines = lines_of(new)
    bare = [_bare(line, listed.separator) for line in lines]
    if all(line is None for line in bare):
        return new
    is_all = all(found is not None or not line.strip() for line, found in zip(lines, bare, strict=True))
    if not is_all and not any(sign in listed.separator for sign in _SURE):
        return None
    ending = "\n" if new.endswith("\n") else ""
    return (
        "\n".join(line if found is None else found for line, found in zip(lines, bare, strict=True)) + ending
    )


def is_surely_listing(listing: Listing) -> bool:
    return any(sign in listing.separator for sign in _SURE)
