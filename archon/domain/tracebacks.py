"""Reads Python's tracebacks out of any output.

Formats: CPython's `traceback` module (chains, exception groups, syntax errors without a header) and its
`faulthandler`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from archon.domain.frames import Fault, Location, own_places, place

_GROUP_PREFIX = re.compile(r"^ *(?:[|+] ?)+(?:-+ ?\d* ?-*)?")
_GROUP_MEMBER = re.compile(r"^\s*\+[-+]*-{3,} \d+ -{3,}$")
_HEADER = re.compile(r"^\s*(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)(?:,? in (.+))?$')
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?:: ?(.*))?$")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_FATAL = re.compile(r"^(?:.*\s)?(Fatal Python error): (.*)$")
_TIMEOUT = re.compile(r"^.*\+{5,} Timeout \+{5,}$")
_VALIDATION = re.compile(r"^(\d{1,4}) validation errors? for ")
_ASIDES = ("Failing test case:", "Falsifying example:", "Explanation:", "You can reproduce this")
_MAX_FURTHER_LINES = 40
SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")


@dataclass(slots=True)
class _Block:
    """A traceback that has begun."""

    places: list[Location] = field(default_factory=list)
    source: str = ""
    """The line of code of the innermost place of the task's own."""
    sources: list[str] = field(default_factory=list)
    awaits_source: bool = False
    fatal: str = ""


def tracebacks(lines: Iterable[str], root: str, *, is_whole: bool = False) -> list[Fault]:
    """The faults of an output in order; of a chain the last, with what it was raised from.

    Where a report holds nothing else (`is_whole`), all lines up to the next empty one belong to the message,
    else those that are indented or bracketed.
    """
    reader = _Reader(root, is_whole=is_whole)
    for line in lines:
        reader.take(line)
    reader.end()
    return reader.faults


class _Reader:
    def __init__(self, root: str, *, is_whole: bool) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self._is_whole = is_whole
        self._block: _Block | None = None
        self._is_chained = False
        self._further_lines = 0
        self._names_left = 0

    def take(self, raw: str) -> None:
        line = _GROUP_PREFIX.sub("", raw) if raw.lstrip()[:1] in ("|", "+") else raw
        if _HEADER.match(line) or _GROUP_MEMBER.match(raw):
            self._block = _Block()
        elif fatal := _FATAL.match(line):
            self.end()
            self._block = _Block(fatal=fatal[2])
        elif _TIMEOUT.match(raw):
            was_open = self._block is not None and self._block.fatal == "Timeout"
            self.end()
            self._block = None if was_open else _Block(fatal="Timeout")
        elif frame := _FRAME.match(line):
            self._take_frame(frame)
        elif line.startswith(_CHAINED):
            self._is_chained = True
        elif self._block is not None:
            self._take_inside(self._block, line)
        elif self._further_lines:
            self._continue_message(line)

    def end(self) -> None:
        """Closes a report of the fault handler, which has no last line of its own."""
        if self._block is not None and self._block.fatal == "Timeout":
            self._add("Timeout", "a test ran out of time", self._block)
        elif self._block is not None and self._block.fatal:
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
            block.sources.append(block.source)
        block.awaits_source = False
        exception = _EXCEPTION.match(line)
        if exception is None or block.fatal:
            return
        self._add(exception[1], exception[2] or "", block)
        self._block = None
        validation = _VALIDATION.match(exception[2] or "")
        self._further_lines = _MAX_FURTHER_LINES
        self._names_left = int(validation[1]) if validation else 0

    def _add(self, exception: str, message: str, block: _Block) -> None:
        cause = ""
        if self._is_chained and self.faults:
            cause = as_cause(self.faults.pop())
        self._is_chained = False
        name = exception.rsplit(".", 1)[-1]
        told = f"{message}: {block.source}" if name in SYNTAX_ERRORS and block.source else message
        source = "\n".join(block.sources)
        self.faults.append(Fault(name, told or block.source, own_places(block.places), cause, source=source))

    def _continue_message(self, line: str) -> None:
        """An exception's text may have several lines; a validation error names field and fault in them."""
        is_indented = line[:1] in (" ", "\t", "[", "(") and bool(line.strip())
        if not is_indented and line.strip() and self._names_left:
            self._names_left -= 1
        elif not is_indented and not (self._is_whole and line.strip()):
            self._further_lines = 0
            return
        self._further_lines -= 1
        last = self.faults[-1]
        self.faults[-1] = replace(last, message=whole_message([last.message, line]))


def whole_message(lines: Iterable[str]) -> str:
    """An exception's text of several lines as one, without the values and links of a validation error.

    What Hypothesis adds is left out: the example that it found is an accident of its search.
    """
    said = itertools.takewhile(lambda line: not line.startswith(_ASIDES), (line.strip() for line in lines))
    told = (line.partition(" [type=")[0] for line in said)
    return " ".join(line for line in told if line and not line.startswith("For further information visit"))


def as_cause(fault: Fault) -> str:
    """A fault as that from which another was raised, with its own cause."""
    told = f"{fault.exception}: {fault.message}" if fault.message else fault.exception
    return f"{told} from {fault.cause}" if fault.cause else told
