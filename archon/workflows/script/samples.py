"""What of an input file a prompt shows: its beginning, and one line of every further shape."""

from __future__ import annotations

import re

FIRST_LINES = 12
MORE_SHAPES = 20
LINE_CHARS = 200
LARGEST_LOOKED_AT = 4_000_000
"""How many bytes are searched for lines of other shapes."""

_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")
_BLANKS = re.compile(r"\s+")


def sample(data: bytes) -> list[str]:
    """Numbered lines, so that nothing irregular further down comes as a surprise; none for binary data.

    Two lines have one shape when they differ only in what their words and numbers are.
    """
    looked_at = data[:LARGEST_LOOKED_AT]
    if not looked_at or b"\x00" in looked_at[:8192]:
        return []
    lines = looked_at.decode("utf-8", "replace").splitlines()
    shown = list(range(min(FIRST_LINES, len(lines))))
    shown += _other_shapes(lines, {_shape(lines[number]) for number in shown})
    out = ["```"]
    for position, number in enumerate(shown):
        if position and number != shown[position - 1] + 1:
            out.append("…")
        out.append(f"{number + 1}: {lines[number][:LINE_CHARS]}")
    out.append("```")
    if len(shown) < len(lines):
        out.append(
            f"({len(shown)} of {len(lines)} lines, with their numbers in front: the first ones, "
            "then the first line of each further shape. The rest is left out.)"
        )
    return out


def _other_shapes(lines: list[str], seen: set[str]) -> list[int]:
    found: list[int] = []
    for number in range(FIRST_LINES, len(lines)):
        shape = _shape(lines[number])
        if shape not in seen:
            seen.add(shape)
            found.append(number)
            if len(found) == MORE_SHAPES:
                break
    return found


def _shape(line: str) -> str:
    words = _LETTERS.sub("a", line[:LINE_CHARS])
    return _BLANKS.sub(" ", _DIGITS.sub("9", words))
