"""Names a failure so that the same fault has the same name in every run, and another fault another."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from archon.domain.frames import Fault, Frame, Location
from archon.domain.plain_failures import plain_faults
from archon.domain.pytest_report import is_pytest, pytest_faults
from archon.domain.tracebacks import tracebacks
from archon.domain.volatile import steady

MAX_FRAMES = 3
"""How many of the innermost frames tell one fault from another."""
_MAX_LINES = 20_000
_MAX_LINE_CHARS = 2_000
_MAX_FAULTS = 200
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?")


@dataclass(frozen=True, slots=True)
class ErrorSignature:
    exception: str
    """The exception's type, a rule's code, a signal's name or `exit N`; empty when nothing failed."""
    message: str
    """Free of paths, addresses, times, temporary names and large numbers."""
    frames: tuple[Frame, ...] = ()
    """The innermost frames in the task's own files, the innermost last."""
    locations: tuple[Location, ...] = ()
    """Where that was in this run, the innermost last; no part of the signature's text."""
    cause: str = ""
    """The exception that this one was raised from or upon."""
    further: int = 0
    """How many more faults the same output reports."""
    further_digest: str = ""
    """A short hash over their signatures, in any order."""

    @property
    def text(self) -> str:
        """The signature in one line: equal for two runs of the same fault."""
        places = (":".join(filter(None, (frame.file, frame.function))) for frame in reversed(self.frames))
        where = " < ".join(places)
        parts = [
            f"{self.exception}: {self.message}" if self.message else self.exception,
            f"at {where}" if where else "",
            f"from {self.cause}" if self.cause else "",
            f"and {self.further} more ({self.further_digest})" if self.further else "",
        ]
        return " ".join(part for part in parts if part) or "no error"


def error_signature(command_output: str, *, exit_code: int, root: str = "/workspace") -> ErrorSignature:
    """The signature of what a command's output reports.

    `root` is the folder of the task's files as the command saw it. Of several faults the first of a test
    run, and the last traceback of a program, is told; the others count in a hash. Takes time linear in
    the output's length.
    """
    if exit_code == 0:
        return ErrorSignature("", "")
    lines = _lines(command_output)
    faults = _faults(lines, exit_code, root)[:_MAX_FAULTS]
    first, *others = (_signature(fault, root) for fault in faults)
    if not others:
        return first
    digest = hashlib.sha256("\n".join(sorted(other.text for other in others)).encode()).hexdigest()[:8]
    return ErrorSignature(
        first.exception, first.message, first.frames, first.locations, first.cause, len(others), digest
    )


def _lines(output: str) -> list[str]:
    """The output's lines without colours, cut to a size that bounds all later work."""
    lines = _ANSI.sub("", output).split("\n")
    if len(lines) > _MAX_LINES:
        lines = lines[: _MAX_LINES // 2] + lines[-_MAX_LINES // 2 :]
    return [line[:_MAX_LINE_CHARS].rstrip("\r") for line in lines]


def _faults(lines: list[str], exit_code: int, root: str) -> list[Fault]:
    """The faults an output reports, the one to tell first."""
    if is_pytest(lines) and (reported := pytest_faults(lines, root)):
        return reported
    if raised := tracebacks(lines, root):
        return raised if any(line.startswith("Ran ") for line in lines) else raised[::-1]
    return plain_faults(lines, exit_code, root)


def _signature(fault: Fault, root: str) -> ErrorSignature:
    is_recursion = fault.exception == "RecursionError"
    message = "maximum recursion depth exceeded" if is_recursion else steady(fault.message, root)
    frames = tuple(dict.fromkeys(Frame(place.file, place.function) for place in reversed(fault.locations)))
    if is_recursion:
        frames = tuple(sorted(frames, key=lambda frame: (frame.file, frame.function)))
    return ErrorSignature(
        exception=fault.exception,
        message=message,
        frames=frames[:MAX_FRAMES][::-1],
        locations=fault.locations,
        cause=steady(fault.cause, root),
    )
