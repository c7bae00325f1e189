"""How much is measured, and where."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.environment import environment
from bench.processes import run

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    directory: Path
    """A scratch folder of the whole run."""
    repeats: int
    """Of what takes a second or so; more is made of what is quick, less of what takes long."""
    turns: int
    tasks: int
    peer_python: str
    """An interpreter that may have the peers' packages."""

    def fresh(self) -> Path:
        """A new folder below the scratch one."""
        return Path(tempfile.mkdtemp(dir=self.directory))

    async def lived_in(self) -> Path:
        """A new folder with a database in it, as any but the very first command finds it."""
        folder = self.fresh()
        upgrade = [sys.executable, "-m", "archon", "db", "upgrade"]
        await run(upgrade, environment=environment(folder), cwd=folder)
        return folder


async def interleaved(
    times: int, one: Callable[[], Awaitable[T]], other: Callable[[], Awaitable[U]]
) -> tuple[list[T], list[U]]:
    """Both measured in turn, so that what else the machine does falls on both alike."""
    ones: list[T] = []
    others: list[U] = []
    for _ in range(times):
        others.append(await other())
        ones.append(await one())
    return ones, others
