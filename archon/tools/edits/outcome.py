"""What becomes of an edit request: the new text, or a refusal that says what stands there instead."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING_TO_CHANGE = "nothing to change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The request had one place and was carried out there."""

    text: str
    """The whole file after the edit."""
    note: str = ""
    """What had to be bridged between the request and the file; empty when it fitted exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was changed."""

    reason: str
    hint: str = ""
    """The nearest lines of the file with their numbers, and what differs."""
    if_meant: Applied | None = None
    """What becomes of the request if what speaks against it is meant so; None where text would be lost."""


def ambiguous(starts: list[int], *, at_least: bool = False) -> Refused:
    """A refusal for a text that stands at several 0-based lines `starts`."""
    shown = ", ".join(str(start + 1) for start in starts[:8]) + (", …" if len(starts) > 8 else "")
    more = "at least " if at_least else ""
    return Refused(
        reason=f"ambiguous: the text occurs {more}{len(starts)} times (lines {shown})",
        hint="Give more of the lines around it, so that it fits one place, or the line where it starts.",
    )


def unchanged(why: str = "the request changes nothing") -> Refused:
    return Refused(reason=f"{NOTHING_TO_CHANGE}: {why}; the file is already as asked (no change)")


def left_out(line: str, where: str, *, if_meant: Applied | None = None) -> Refused:
    """A refusal for a line like "... rest unchanged ..." that would stand in for lost text."""
    again = "send the same again" if if_meant else "delete the lines in one edit and add it in another"
    return Refused(
        reason=f"{where} holds a placeholder ({line.strip()[:80]!r}) where text was left out (omitted): "
        "applying it would lose that text",
        hint="Write out every line, or quote the same placeholder in the old text, to keep what it stands "
        f"for. If the line itself is meant, word it otherwise, or {again}.",
        if_meant=if_meant,
    )
