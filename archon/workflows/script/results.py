"""What the steps of `script` leave in the journal: the shapes of their results, JSON all through."""

from __future__ import annotations

from typing import NotRequired, TypedDict, cast

from archon.domain.values import JsonObject


class RefusedCheck(TypedDict):
    name: str
    reason: str


class ChecksResult(TypedDict):
    program: str
    names: list[str]
    """The checks that count."""
    demands: dict[str, str]
    """Check name → what it demands, in one line."""
    refused: list[RefusedCheck]
    """Checks that were written but found worthless."""


class PlanResult(TypedDict):
    text: str
    steps: list[str]
    checks: ChecksResult


class CodeResult(TypedDict):
    code: dict[str, str]
    """Path → text of every file of the program."""
    unmet: NotRequired[str]
    """Why no program can meet the objective; only there when its author says so."""
    cut_off: NotRequired[str]
    """That its author was stopped at the limit of turns; only there when it was."""


class RunResult(TypedDict):
    command: str
    exit_code: int
    stdout: str
    stderr: str
    is_truncated: bool
    timed_out: bool
    out_of_memory: bool
    duration_ms: int
    out_of_disk: NotRequired[bool]
    """Only there when it is so, as is the next."""
    refused: NotRequired[list[str]]
    """What the sandbox refused the program on the network, a line each."""


class VerdictResult(TypedDict):
    name: str
    passed: bool
    message: str


class CheckResult(TypedDict):
    passed: bool
    error: str
    """What failed, in full; empty when all passed."""
    signature: str
    checks: list[VerdictResult]


def headline(verdict: CheckResult) -> str:
    """What failed, in one line: the first failing check, or the end of what a program that broke said."""
    lines = verdict["error"].splitlines()
    return lines[0] if verdict["checks"] else lines[-1]


class DisputeResult(TypedDict):
    check: str
    reason: str
    upheld: bool
    ruling: str


class RepairResult(TypedDict):
    explanation: str
    code: dict[str, str]
    diff: str
    """What changed in the code; after an upheld dispute, what changed in the checks."""
    dispute: DisputeResult | None
    checks: ChecksResult | None
    """The checks as they stand after an upheld dispute; None when nothing about them changed."""
    unmet: NotRequired[str]
    """As in `CodeResult`, as is the next."""
    cut_off: NotRequired[str]


def as_json(result: object) -> JsonObject:
    """One of these as the journal holds it."""
    return cast("JsonObject", result)
