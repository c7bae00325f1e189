"""Runs `true` in a sandbox session and as a bare subprocess, in turn.

`python -m bench.programs.sandbox_true TIMES` prints the seconds and the CPU, children's included, of each.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from archon.bootstrap import sandbox_provider
from archon.domain.execution import Command, SandboxSpec
from archon.settings import load_settings

WARM_UPS = 3


@dataclass
class Stopwatch:
    """What the runs of one kind took."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    _started: tuple[float, float] = (0.0, 0.0)

    def start(self) -> None:
        self._started = time.perf_counter(), _cpu_s()

    def stop(self) -> None:
        wall_s, cpu_s = self._started
        self.wall_s.append(time.perf_counter() - wall_s)
        self.cpu_s.append(_cpu_s() - cpu_s)


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _run_bare() -> None:
    subprocess.run(["true"], check=True)


async def main(times: int) -> None:
    provider = sandbox_provider(load_settings())
    sandboxed, bare = Stopwatch(), Stopwatch()
    with tempfile.TemporaryDirectory() as workspace:
        sandbox = await provider.create(SandboxSpec(workspace=Path(workspace)))
        for _ in range(WARM_UPS + times):
            bare.start()
            _run_bare()
            bare.stop()
            sandboxed.start()
            result = await sandbox.exec(Command(argv=("true",)))
            sandboxed.stop()
            assert result.exit_code == 0
        await sandbox.close()
    for watch in (sandboxed, bare):
        del watch.wall_s[:WARM_UPS], watch.cpu_s[:WARM_UPS]
    print(json.dumps({"sandboxed": asdict(sandboxed), "bare": asdict(bare)}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
