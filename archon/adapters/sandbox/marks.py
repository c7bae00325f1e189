"""Names that say which process something belongs to, so that what a dead one left can be swept."""

from __future__ import annotations

import os
from pathlib import Path


def own_mark() -> str:
    return mark_of(os.getpid())


def mark_of(pid: int) -> str:
    """`PID-STARTED` of a process; its start, in ticks, tells it from a later process of the same number."""
    return f"{pid}-{_started(pid)}"


def is_of_the_living(mark: str) -> bool:
    """Whether the process of a mark lives. What is no mark is nobody's to sweep, and so counts as living."""
    pid, _, started = mark.partition("-")
    return not (pid.isdigit() and started.isdigit()) or _started(int(pid)) == started


def _started(pid: int) -> str:
    """When a process started, in ticks since boot; nothing when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return stat.rpartition(")")[2].split()[19]
