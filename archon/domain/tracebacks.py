"""Reads Python's tracebacks out of any output.

Formats: CPython's `traceback` module (chains, exception groups, syntax errors without a header) and its
`faulthandler`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from archon.domain.frames import Fault, Location, own_places, place

_GROUP_PREFIX = re.compile(r"^ *(?:[|+] ?)+(?:-+ ?\d* ?-*)?")
_GROUP_MEMBER = re.compile(r"^\s*\+[-+]*-{3,} \d+ -{3,}$")
_HEADER = re.compile(r"^\s*(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)(?:,? in (.+))?$')
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?:: ?(.*))?$")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_FATAL = re.compile(r"^(?:.*\s)?(Fatal Python error): (.*)$")
_SUMMARY = re.compile(r"^\d+ validation errors? for ")


@dataclass(slots=True)
class _Block:
    """A traceback that has begun."""

    places: list[Location] = field(default_factory=list)
    source: str = ""
    """The line of code of the innermost place of the task's own."""
    awaits_source: bool = False
    fatal: str = ""


def tracebacks(lines: Iterable[str], root: str) -> list[Fault]:
    """The faults of an output in order; of a chain the last, with what it was raised from."""
    reader = _Reader(root)
    for line in lines:
        reader.take(line)
    reader.end()
    return reader.faults


class _Reader:
    def __init__(self, root: str) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._block: _Block | None = None
        self._is_chained = False
        self._summary_lines = 0

    def take(self, raw: str) -> None:
        line = _GROUP_PREFIX.sub("", raw) if raw.lstrip()[:1] in ("|", "+") else raw
        if self._summary_lines:
            self._continue_message(line)
        if _HEADER.match(line) or _GROUP_MEMBER.match(raw):
            self._block = _Block()
        elif fatal := _FATAL.match(line):
            self.end()
            self._block = _Block(fatal=fatal[2])
        elif frame := _FRAME.match(line):
            self._take_frame(frame)
        elif line.startswith(_CHAINED):
            self._is_chained = True
        elif self._block is not None:
            self._take_inside(self._block, line)

    def end(self) -> None:
        """Closes a report of the fault handler, which has no last line of its own."""
        if self._block is not None and self._block.fatal:
            self._block.places.reverse()
            self._add("Fatal Python error", self._block.fatal, self._block)
        self._block = None

    def _take_frame(self, frame: re.Match[str]) -> None:
        self._block = block = self._block or _Block()
        found = place(frame[1], int(frame[2]), frame[3] or "<module>", self.root)
        if found is not None:
            block.places.append(found)
        block.awaits_source = found is not None

    def _take_inside(self, block: _Block, line: str) -> None:
        if block.awaits_source and line.startswith("    "):
            block.source = line.strip()
        block.awaits_source = False
        exception = _EXCEPTION.match(line)
        if exception is None or block.fatal:
            return
        self._add(exception[1], exception[2] or block.source, block)
        self._block = None
        self._summary_lines = 2 if _SUMMARY.match(exception[2] or "") else 0

    def _add(self, exception: str, message: str, block: _Block) -> None:
        cause = ""
        if self._is_chained and self.faults:
            before = self.faults.pop()
            cause = f"{before.exception}: {before.message}"
        self._is_chained = False
        self.faults.append(Fault(exception.rsplit(".", 1)[-1], message, own_places(block.places), cause))

    def _continue_message(self, line: str) -> None:
        """A validation error names the field and the fault in the lines below its first."""
        self._summary_lines -= 1
        last = self.faults.pop()
        message = f"{last.message} {line.strip().partition(' [type=')[0]}"
        self.faults.append(Fault(last.exception, message, last.locations, last.cause))
