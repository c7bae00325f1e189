"""Several replacements in one request, as blocks between markers: all of them, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from archon.tools.edits.diff import apply_diff
from archon.tools.edits.effort import TOO_MUCH, TooMuchEffortError
from archon.tools.edits.hunk_places import trimmed, without_overlap
from archon.tools.edits.lines import LineEdit, plain_ends, split_file
from archon.tools.edits.outcome import Applied, Refused
from archon.tools.edits.replace import find, outcome

_SEARCH = re.compile(r"^(?:<{5,9}|-{5,9}) ?SEARCH>?\s*$", re.IGNORECASE)
_MIDDLE = re.compile(r"^={5,9}\s*$")
_REPLACE = re.compile(r"^(?:>{5,9}|\+{5,9}) ?REPLACE\s*$", re.IGNORECASE)
_LINE = re.compile(r"^:(?P<which>start|end)_line: ?(?P<number>\d+)\s*$")
_RULE = re.compile(r"^-{5,9}\s*$")
_BROKEN = Refused(
    reason="the blocks cannot be read: each has one line <<<<<<< SEARCH, one ======= and one "
    ">>>>>>> REPLACE, in this order",
    hint="Where the text itself holds such a line, give it as old and new.",
)


@dataclass(frozen=True, slots=True)
class Block:
    old: str
    new: str
    line_hint: int | None = None


def apply_changes(text: str, changes: str, *, path: str = "") -> Applied | Refused:
    """The text after a diff, or after blocks of text to search and to put in its place.

    Each block means one place of the text as it is, as `replace` finds it. A block without a sure place, or
    two that change the same lines, refuse the whole.
    """
    blocks = read_blocks(plain_ends(changes))
    if isinstance(blocks, Refused):
        return blocks
    return _apply(text, blocks, path) if blocks else apply_diff(text, changes, path=path)


def read_blocks(changes: str) -> list[Block] | Refused:
    """The blocks; none where the text has no such markers. Talk and fences between them are passed over."""
    lines = changes.split("\n")
    if not any(_SEARCH.match(line) for line in lines):
        return []
    blocks: list[Block] = []
    old: list[str] | None = None
    new: list[str] | None = None
    for line in lines:
        if _SEARCH.match(line):
            if old is not None:
                return _BROKEN
            old = []
        elif _MIDDLE.match(line) and old is not None:
            if new is not None:
                return _BROKEN
            new = []
        elif _REPLACE.match(line) and old is not None:
            if new is None:
                return _BROKEN
            blocks.append(_block(old, new))
            old = new = None
        elif old is not None:
            (old if new is None else new).append(line)
    return _BROKEN if old is not None else blocks


def _block(old: list[str], new: list[str]) -> Block:
    hint = None
    while old and (stated := _LINE.match(old[0])):
        hint = int(stated["number"]) if stated["which"] == "start" else hint
        old = old[1:]
    old = old[1:] if hint is not None and old and _RULE.match(old[0]) else old
    return Block("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new), hint)


def _apply(text: str, blocks: list[Block], path: str) -> Applied | Refused:
    file = split_file(text)
    edits: list[LineEdit] = []
    notes: dict[str, None] = {}
    try:
        for number, block in enumerate(blocks, 1):
            found = find(file, block.old, block.new, line_hint=block.line_hint, path=path)
            if isinstance(found, Refused):
                return _named(found, number, len(blocks))
            edits += [trimmed(file, edit) for edit in found.edits]
            notes |= {found.note: None} if found.note else {}
    except TooMuchEffortError:
        return TOO_MUCH
    together = without_overlap(edits, "; ".join(notes))
    return together if isinstance(together, Refused) else outcome(file, together)


def _named(found: Refused, number: int, count: int) -> Refused:
    """The refusal of one block; of several, none can be insisted on."""
    if count == 1:
        return found
    hint = "Write out every line, or send this block alone." if found.if_meant else found.hint
    return replace(found, reason=f"block {number} of {count}: {found.reason}", hint=hint, if_meant=None)
