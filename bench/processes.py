"""Processes whose CPU is known to the microsecond: their own, and apart from it their children's."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
_WHOLE_PROCESS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """CPU is user and system time, all threads together."""

    cpu_s: float
    children_cpu_s: float
    """Of the children that it waited for, and theirs."""
    stdout: str


class Process:
    """A started process. It leads a group of its own, which `kill` ends."""

    def __init__(self, argv: Sequence[str], *, environment: Mapping[str, str], cwd: Path = ROOT) -> None:
        self._argv = list(argv)
        self._output, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self._popen = subprocess.Popen(
            self._argv,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )
        self.pid = self._popen.pid

    def cpu_s(self) -> float:
        """CPU of the process so far, without its children; also of one that has ended unwaited.

        Source: clock_getcpuclockid(3), which is this arithmetic on Linux.
        """
        return time.clock_gettime((~self.pid << 3) | _WHOLE_PROCESS)

    async def end(self) -> Ended:
        """Wait for a good end. Raises: RuntimeError for any other exit code than 0."""
        await self._exit()
        own_s = self.cpu_s()
        _, status, used = os.wait4(self.pid, 0)  # noqa: ASYNC222 - it has ended
        self._popen.returncode = os.waitstatus_to_exitcode(status)
        if self._popen.returncode:
            raise RuntimeError(f"{self._argv} ended with {self._popen.returncode}:\n{_read(self._errors)}")
        return Ended(
            cpu_s=own_s,
            children_cpu_s=max(0.0, used.ru_utime + used.ru_stime - own_s),
            stdout=_read(self._output),
        )

    async def kill(self) -> None:
        """End it and all that it started, without a warning. Nothing happens to one that has ended."""
        if self._popen.returncode is None:
            os.killpg(self.pid, signal.SIGKILL)
            await self._exit()
            self._popen.wait()

    async def _exit(self) -> None:
        exited = asyncio.Event()
        descriptor = os.pidfd_open(self.pid)
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, exited.set)
        try:
            await exited.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


async def run(argv: Sequence[str], *, environment: Mapping[str, str], cwd: Path = ROOT) -> Ended:
    """Run a process to its good end. Raises: RuntimeError for any other."""
    process = Process(argv, environment=environment, cwd=cwd)
    try:
        return await process.end()
    finally:
        await process.kill()


def program(name: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """The command line of a program of `bench/programs`."""
    return [python, "-m", f"bench.programs.{name}", *arguments]


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
