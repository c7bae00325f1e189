"""Names a failure so that the same fault has the same name in every run, and another fault another."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from archon.domain.doctest_report import doctest_faults, is_doctest
from archon.domain.frames import Fault, Frame, Location
from archon.domain.plain_failures import KILLED, plain_faults
from archon.domain.pytest_report import is_pytest, pytest_faults
from archon.domain.script_tests import script_test_faults
from archon.domain.tracebacks import tracebacks
from archon.domain.unittest_report import is_unittest, unittest_faults
from archon.domain.volatile import digest, steady

MAX_FRAMES = 3
"""How many of the innermost frames tell one fault from another."""
_UNORDERED = re.compile(r"^\[gw\d+\] |^Using --random(?:ly-seed|-order)")
_RUN_FAILED = re.compile(
    r"^=* ?(?:\d+ \w+, )*\d+ (?:failed|errors?)\b.* in [\d.]+s\b|^FAILED \((?:failures|errors)="
    r"|^ *Tests:? +(?:\d+ \w+, )*\d+ failed\b|^  \d+ failing$|^(?:#|ℹ) fail [1-9]|^--- FAIL: "
)
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
    """The exceptions that this one was raised from or upon, the nearest first."""
    test: str = ""
    """The test that failed, where its name says more than the frames."""
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
            f"in {self.test}" if self.test else "",
            f"from {self.cause}" if self.cause else "",
            f"and {self.further} more ({self.further_digest})" if self.further else "",
        ]
        return " ".join(part for part in parts if part) or "no error"


def error_signature(command_output: str, *, exit_code: int, root: str = "/workspace") -> ErrorSignature:
    """The signature of what a command's output reports.

    `root` is the folder of the task's files as the command saw it. Of several faults the first of a test
    run, and the last traceback of a program, is told; the others count in a hash. Where a command hid the
    exit code of a test run (`pytest | tee log`), the run's own count tells that it failed. Takes
    time linear in the output's length.
    """
    lines = _lines(command_output)
    if exit_code == 0 and not any(_RUN_FAILED.match(line) for line in lines):
        return ErrorSignature("", "")
    faults = _faults(lines, exit_code, root)[:_MAX_FAULTS]
    signatures = [_signature(fault, root) for fault in faults]
    if _is_unordered(lines):
        signatures.sort(key=lambda signature: signature.text)
    first, *others = signatures
    if not others:
        return first
    return replace(first, further=len(others), further_digest=digest(*sorted(other.text for other in others)))


def _is_unordered(lines: list[str]) -> bool:
    """Whether the order of a report is an accident: tests that ran side by side or in a random order."""
    return any(_UNORDERED.match(line) for line in lines)


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
    if is_unittest(lines) and (reported := unittest_faults(lines, root)):
        return reported
    if reported := script_test_faults(lines, root):
        return reported
    if is_doctest(lines) and (reported := doctest_faults(lines, root)):
        return reported
    if exit_code not in KILLED and (raised := tracebacks(lines, root)):
        return raised[::-1]
    return plain_faults(lines, exit_code, root)


def _signature(fault: Fault, root: str) -> ErrorSignature:
    is_recursion = fault.exception == "RecursionError"
    message = "maximum recursion depth exceeded" if is_recursion else fault.message
    frames = tuple(dict.fromkeys(Frame(place.file, place.function) for place in reversed(fault.locations)))
    if is_recursion:
        frames = tuple(sorted(frames, key=lambda frame: (frame.file, frame.function)))
    frames = frames[:MAX_FRAMES][::-1]
    is_told = any(frame.function == fault.test for frame in frames)
    return ErrorSignature(
        exception=fault.exception,
        message=steady(message, root, spelled=fault.source, more=fault.more),
        frames=frames,
        locations=fault.locations,
        cause=steady(fault.cause, root, spelled=fault.source),
        test="" if is_told else steady(fault.test, root),
    )
