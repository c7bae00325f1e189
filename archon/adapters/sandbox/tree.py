"""What a process and all it started use together."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from archon.domain.execution import SandboxLimits

_LOOK_EVERY_S = 0.05


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that still live; none when it is gone itself."""
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - may end while it is looked at
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                text = Path(f"/proc/{pid}/task/{thread}/children").read_text()
                found += [int(child) for child in text.split()]
    return found


async def overrun(pid: int, limits: SandboxLimits) -> None:
    """Return as soon as the tree below `pid` has too many processes or uses too much memory."""
    while True:
        if _is_over(pid, limits):
            return
        await asyncio.sleep(_LOOK_EVERY_S)


def _is_over(pid: int, limits: SandboxLimits) -> bool:
    used = 0
    for count, member in enumerate(members(pid)):
        used += _private_bytes(member)
        if count > limits.pids or used > limits.memory_mb << 20:
            return True
    return False


def members(pid: int) -> Iterator[int]:
    """`pid` and all below it."""
    pending = [pid]
    while pending:
        current = pending.pop()
        yield current
        pending += children(current)


def _private_bytes(pid: int) -> int:
    """Memory that no file backs, what is shared divided among those who share it.

    A process may hide its map; then it is charged for all that it shares.
    """
    for source, fields in (
        ("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")),
        ("status", ("RssAnon:", "RssShmem:")),
    ):
        with contextlib.suppress(OSError):
            lines = [line.split() for line in Path(f"/proc/{pid}/{source}").read_text().splitlines()]
            return sum(int(line[1]) for line in lines if line[0] in fields) << 10
    return 0
