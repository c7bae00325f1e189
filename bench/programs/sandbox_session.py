"""What a sandbox session costs, beside the same commands as bare subprocesses, in turn.

`python -m bench.programs.sandbox_session TIMES` prints the figures of `Measured` as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from archon.adapters.clock.system import SystemClock
from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.sandbox.tree import children
from archon.bootstrap import sandbox_provider
from archon.domain.execution import Command, SandboxSpec
from archon.engine.workspace import Workspace
from archon.ports.sandbox import Sandbox
from archon.settings import load_settings

WARM_UPS = 3
AT_ONCE = 20
FLOOD_BYTES = 300_000_000
MANY = 1000
FILES = 2000


@dataclass
class Measured:
    """Seconds each, unless a name says otherwise."""

    true: list[float] = field(default_factory=list)
    bare_true: list[float] = field(default_factory=list)
    python: list[float] = field(default_factory=list)
    bare_python: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    flood: list[float] = field(default_factory=list)
    manifest: list[float] = field(default_factory=list)
    memory_mb: float = 0
    """Of one of many that are up, what is shared divided among those who share it."""
    grown_mb: float = 0
    """How much more memory this program and the agent have after many commands."""
    left_files: int = 0
    """How many more files this program has open after them."""


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - began)


async def main(times: int) -> None:
    found = Measured()
    with tempfile.TemporaryDirectory() as folder:
        await _session(found, Path(folder), times)
        await _starts(found, Path(folder), times)
        await _manifest(found, Path(folder), times)
    print(json.dumps(asdict(found)))


async def _session(found: Measured, workspace: Path, times: int) -> None:
    sandbox = await sandbox_provider(load_settings()).create(SandboxSpec(workspace=workspace))
    bare_python = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    for number in range(WARM_UPS + times):
        into = found if number >= WARM_UPS else Measured()
        for bare, ours, argv, own in (
            (into.bare_true, into.true, ["true"], ["true"]),
            (into.bare_python, into.python, [bare_python, "-c", "pass"], ["python", "-c", "pass"]),
        ):
            with timed(bare):
                subprocess.run(argv, check=True)  # noqa: ASYNC221 - nothing else is to happen
            with timed(ours):
                await _run(sandbox, *own)
    for _ in range(max(2, times // 10)):
        with timed(found.flood):
            await _run(sandbox, "head", "-c", str(FLOOD_BYTES), "/dev/zero")
    before = _memory_mb(os.getpid(), *_inside()), len(_open_files())
    for _ in range(MANY):
        await _run(sandbox, "true")
    found.grown_mb = _memory_mb(os.getpid(), *_inside()) - before[0]
    found.left_files = len(_open_files()) - before[1]
    await sandbox.close()


async def _run(sandbox: Sandbox, *argv: str) -> None:
    result = await sandbox.exec(Command(argv=argv, max_output_bytes=FLOOD_BYTES))
    assert result.exit_code == 0 and not result.stdout_truncated


async def _starts(found: Measured, folder: Path, times: int) -> None:
    """From nothing to the end of a first command that does nothing, and many at once."""
    provider = sandbox_provider(load_settings())
    for _ in range(times):
        with timed(found.start):
            sandbox = await provider.create(SandboxSpec(workspace=folder))
            await _run(sandbox, "true")
        await sandbox.close()
    many = [await provider.create(SandboxSpec(workspace=folder)) for _ in range(AT_ONCE)]
    await asyncio.gather(*(_run(sandbox, "true") for sandbox in many))
    found.memory_mb = _memory_mb(*_inside()) / AT_ONCE
    await asyncio.gather(*(sandbox.close() for sandbox in many))


async def _manifest(found: Measured, folder: Path, times: int) -> None:
    """Looking whether anything changed in a workspace where nothing did."""
    for number in range(FILES):
        place = folder / "files" / str(number % 40)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.py").write_text(f"x = {number}\n")
    workspace = Workspace(folder, LocalFolders(), MemoryJournal(SystemClock()))
    await workspace.look()
    for _ in range(times):
        with timed(found.manifest):
            await workspace.look()


def _inside() -> list[int]:
    """Every process of the sandboxes that are up."""
    outside = children(os.getpid())
    return [*outside, *(inside for each in outside for inside in children(each))]


def _memory_mb(*processes: int) -> float:
    lines = [
        line.split()
        for process in processes
        for line in Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    ]
    return sum(int(words[1]) for words in lines if words[0] == "Pss:") / 1024


def _open_files() -> list[str]:
    return os.listdir("/proc/self/fd")  # noqa: PTH208


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
