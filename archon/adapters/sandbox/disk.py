"""How much a workspace has grown, where the file system itself keeps no account of that."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archon.domain.errors import NotFound
from archon.domain.execution import SandboxLimits
from archon.ports.folder import FolderUsage

_BLOCK_BYTES = 512
_LOOK_EVERY_S = 0.05
_COUNT_EVERY_S = 2.0
_REST = 10
"""How many times as long as a count took none is made again without need."""


@dataclass(frozen=True, slots=True)
class Usage:
    size_bytes: int
    files: int

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.size_bytes + other.size_bytes, self.files + other.files)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.size_bytes - other.size_bytes, self.files - other.files)

    def is_over(self, limits: SandboxLimits) -> bool:
        return self.size_bytes > limits.disk_mb << 20 or self.files > limits.files


class Growth:
    """Watches a folder against the limits, from what it holds at `begin`.

    The file system's own figure, which costs nothing to ask for, says when the folder can have grown too
    large at all; then, and now and then, what is in it is counted, with what processes hold open that has no
    name any more. Where a program hides something from being counted, the file system's figure is believed.
    """

    def __init__(
        self,
        folder: Path,
        count: Callable[[], FolderUsage],
        limits: SandboxLimits,
        processes: Callable[[], Iterable[int]] = tuple,
    ) -> None:
        """`count` counts what is in the folder; `processes` tells those that may hold files there."""
        self._folder = folder
        self._count = count
        self._limits = limits
        self._processes = processes
        self._first: tuple[Usage, Usage] | None = None

    async def begin(self) -> None:
        """Count what is there now; nothing when that was done before."""
        if self._first is None:
            counted = await asyncio.to_thread(self._count)
            self._first = Usage(counted.size_bytes, counted.files), self._taken()

    async def overrun(self) -> None:
        """Return as soon as the folder has grown beyond the limits."""
        await self.begin()
        grown, took_s = Usage(0, 0), 0.0
        while True:
            await self._until_worth_counting(grown, took_s)
            began = time.monotonic()
            grown = await self._grown()
            if grown.is_over(self._limits):
                return
            took_s = time.monotonic() - began

    async def _grown(self) -> Usage:
        assert self._first is not None
        first_counted, first_taken = self._first
        try:
            counted = await asyncio.to_thread(self._count)
        except NotFound:
            return Usage(0, 0)
        if not counted.is_whole:
            return self._taken() - first_taken
        held = await asyncio.to_thread(nameless, self._folder, self._processes())
        return Usage(counted.size_bytes, counted.files) - first_counted + held

    async def _until_worth_counting(self, grown: Usage, took_s: float) -> None:
        """With need as long as the last count took, so that counting takes half of the time at most."""
        taken, began = self._taken(), time.monotonic()
        soonest, at_last = began + took_s, began + max(_COUNT_EVERY_S, _REST * took_s)
        while (now := time.monotonic()) < at_last:
            await asyncio.sleep(_LOOK_EVERY_S)
            if now >= soonest and (grown + (self._taken() - taken)).is_over(self._limits):
                return

    def _taken(self) -> Usage:
        """What is taken of the whole file system, by whomever."""
        try:
            found = os.statvfs(self._folder)
        except FileNotFoundError:  # there is nothing left that could grow
            return Usage(0, 0)
        return Usage((found.f_blocks - found.f_bfree) * found.f_frsize, found.f_files - found.f_ffree)


def nameless(folder: Path, processes: Iterable[int]) -> Usage:
    """What processes hold open on the folder's file system that has no name, each file once."""
    device = folder.stat().st_dev
    found: dict[int, int] = {}
    for process in processes:
        with suppress(OSError):  # it has ended, or may not be looked into
            for name in os.listdir(f"/proc/{process}/fd"):  # noqa: PTH208 - a look, not a walk
                with suppress(OSError):
                    file = os.stat(f"/proc/{process}/fd/{name}")  # noqa: PTH116 - follows the kernel's link
                    if file.st_dev == device and file.st_nlink == 0 and stat.S_ISREG(file.st_mode):
                        found[file.st_ino] = file.st_blocks * _BLOCK_BYTES
    return Usage(sum(found.values()), len(found))
