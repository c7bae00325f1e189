"""A sandbox that cannot come up for want of open files says so, and leaves none behind."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.tree import children
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import shell


async def test_starts_that_break_off_leave_no_file_and_no_process(
    provider: BubblewrapProvider, workspace: Path
) -> None:
    await provider.probe()
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    try:
        await _start_with_little_room(sandbox)
    finally:
        await sandbox.close()


async def _start_with_little_room(sandbox: Sandbox) -> None:
    await shell(sandbox, "touch /tmp/left")  # so that the next command needs a new one
    before = _files(), children(os.getpid())
    refused = 0
    for room in range(1, 16):
        with _only_so_many_files(room):
            try:
                await shell(sandbox, "true")
            except (SandboxUnavailable, OSError):
                refused += 1
        await shell(sandbox, "touch /tmp/left")
        assert (_files(), children(os.getpid())) == before, room
    assert refused > 5


@contextmanager
def _only_so_many_files(room: int) -> Iterator[None]:
    """This process can open so many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, _files())) + 40, hard))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        resource.setrlimit(resource.RLIMIT_NOFILE, (taken[-1] + 1, hard))
        for _ in range(room):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in taken:
            os.close(each)


def _files() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))[:-1]  # noqa: PTH208 - the last is the look itself
