"""What the exit code of a command means; `archon --help` prints the same list."""

from __future__ import annotations

from archon.domain.errors import (
    ArchonError,
    ConfigurationError,
    InvalidInput,
    ModelUnauthorized,
    ModelUntrusted,
)
from archon.domain.task import Status

DONE = 0
FAILED = 1
USAGE = 2
WAITING = 3
CONFIGURATION = 4
INTERRUPTED = 130

MEANINGS = """exit codes:
  0    done
  1    the task failed or was cancelled, or there is no such task
  2    the command or its input is wrong
  3    a person is needed: the task waits for an answer, or is paused
  4    a setting, key, sandbox or database must be mended first
  130  interrupted; `archon resume ID` goes on"""

_NEEDS_MENDING = {
    "configuration",
    "no_model",
    "sandbox_unavailable",
    "database",
    ModelUnauthorized.code,
    ModelUntrusted.code,
}


def of_error(error: ArchonError) -> int:
    if isinstance(error, InvalidInput):
        return USAGE
    if isinstance(error, ConfigurationError | ModelUnauthorized | ModelUntrusted):
        return CONFIGURATION
    return FAILED


def of_task(status: Status, reason: str) -> int:
    """The exit code for a task that this command worked on or followed."""
    match status:
        case Status.COMPLETED:
            return DONE
        case Status.WAITING | Status.QUEUED | Status.RUNNING:
            return WAITING
        case Status.PAUSED:
            return _of_pause(reason)
    return FAILED


def _of_pause(reason: str) -> int:
    if reason == "stopped":
        return INTERRUPTED
    return CONFIGURATION if reason in _NEEDS_MENDING else WAITING
