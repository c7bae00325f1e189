"""Python functions and classes whose whole body is three dots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from archon.tools.edits.lines import indent_of, is_blank

_HEAD = re.compile(r"^\s*(?:async\s+def|def|class)\s+(?P<name>\w+)")
_STUB_AT_END = re.compile(r":\s*\.\.\.\s*(?:#.*)?$")
_TEXT = re.compile(r'^\s*[rR]?("""|\'\'\')')


def stub_lines(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines with three dots that are a whole body."""
    return {stub for _, stub in _definitions(lines) if stub is not None}


def drops_body(old: Sequence[str], new: Sequence[str]) -> int | None:
    """The first stub of a name that fewer bodies have in the new text than in the old one; None for none."""
    bodies = Counter(name for name, stub in _definitions(old) if stub is None)
    bodies.subtract(name for name, stub in _definitions(new) if stub is None)
    return next((stub for name, stub in _definitions(new) if stub is not None and bodies[name] > 0), None)


def _definitions(lines: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    """The name of each function and class, with the number of the line of dots that is its body, if it is."""
    for number, line in enumerate(lines):
        found = _HEAD.match(line)
        if found:
            yield found["name"], _stub_of(lines, number)


def _stub_of(lines: Sequence[str], head: int) -> int | None:
    margin = len(indent_of(lines[head]))
    end = _end_of_head(lines, head, margin)
    if end is None:
        return None
    if _STUB_AT_END.search(lines[end]):
        return end
    rows = iter(range(end + 1, len(lines)))
    first = next((row for row in rows if not is_blank(lines[row])), None)
    if first is not None and (text := _TEXT.match(lines[first])):
        is_closed = lines[first].count(text[1]) > 1
        last = first if is_closed else next((row for row in rows if text[1] in lines[row]), first)
        first = next((row for row in range(last + 1, len(lines)) if not is_blank(lines[row])), None)
    if first is None or lines[first].strip() != "..." or len(indent_of(lines[first])) <= margin:
        return None
    below = next((line for line in lines[first + 1 :] if not is_blank(line)), "")
    return first if len(indent_of(below)) <= margin or not below else None


def _end_of_head(lines: Sequence[str], head: int, margin: int) -> int | None:
    """The line that ends the header: itself, or the one that closes its brackets."""
    if re.search(r":\s*(?:\.\.\.\s*)?(?:#.*)?$", lines[head]):
        return head
    for row in range(head + 1, min(head + 100, len(lines))):
        if not is_blank(lines[row]) and len(indent_of(lines[row])) <= margin:
            return row if lines[row].strip()[:1] in (")", "]") else None
    return None
