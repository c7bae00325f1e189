"""Runs one process to its end on the event loop: no thread, no shell, nothing inherited."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from archon.adapters.sandbox.output import Kept, OutputPipe
from archon.adapters.sandbox.stopping import StoppedBy, stopped_by
from archon.domain.execution import ExecResult
from archon.ports.sandbox import Heard

_SEALED = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    argv: tuple[str, ...]
    stdin: bytes
    timeout_s: float
    max_output_bytes: int
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    descriptors: tuple[int, ...] = ()
    """Open files that the process gets besides the first three."""
    owner: int | None = None
    """User id that the output pipes belong to; None for the own."""
    heard: Heard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    status: int
    """Exit code, or minus the signal."""
    stdout: Kept
    stderr: Kept
    stopped_by: StoppedBy
    duration_s: float

    @property
    def exit_code(self) -> int:
        """As a shell would say it."""
        if self.stopped_by:
            return 124 if self.stopped_by == "time" else 128 + signal.SIGKILL
        return self.status if self.status >= 0 else 128 - self.status

    def result(self, *, is_memory_kill: bool = False) -> ExecResult:
        """`is_memory_kill` says whether the kernel killed something for want of memory."""
        return ExecResult(
            exit_code=self.exit_code,
            stdout=self.stdout.data,
            stderr=self.stderr.data,
            stdout_truncated=self.stdout.is_truncated,
            stderr_truncated=self.stderr.is_truncated,
            timed_out=self.stopped_by == "time",
            out_of_memory=self.stopped_by == "memory" or is_memory_kill,
            out_of_disk=self.stopped_by == "disk",
            duration_s=self.duration_s,
        )


async def undisturbed(pid: int) -> StoppedBy:
    """A watcher for a process that needs none: it never returns."""
    await asyncio.Event().wait()
    return "stop"


async def run(
    launch: Launch, *, kill: Callable[[int], None], watch: Callable[[int], Coroutine[None, None, StoppedBy]]
) -> Ended:
    """Start a process, wait for its end and return what came of it.

    `kill(pid)` must end it and all it started; it is called on a time-out, on cancellation, and when
    `watch(pid)`, which runs beside it, returns. Raises: OSError when it cannot start.
    """
    started = time.monotonic()
    with _output(launch, "stdout") as stdout, _output(launch, "stderr") as stderr:
        child = _start(launch, stdout, stderr)
        with exit_of(child.pid) as exited:
            watcher = asyncio.ensure_future(watch(child.pid))
            try:
                stopped = await stopped_by(exited, watcher, launch.timeout_s)
            finally:
                watcher.cancel()
                if not exited.done():
                    kill(child.pid)
                    await asyncio.wait({exited})
        return Ended(
            status=child.wait(),
            stdout=stdout.finish(),
            stderr=stderr.finish(),
            stopped_by=stopped,
            duration_s=time.monotonic() - started,
        )


def _start(launch: Launch, stdout: OutputPipe, stderr: OutputPipe) -> subprocess.Popen[bytes]:
    stdin = sealed(launch.stdin)
    try:
        return subprocess.Popen(
            launch.argv,
            stdin=stdin,
            stdout=stdout.writer,
            stderr=stderr.writer,
            env=dict(launch.env),
            cwd=launch.cwd,
            pass_fds=launch.descriptors,
            start_new_session=True,
        )
    finally:
        os.close(stdin)
        stdout.close_writer()
        stderr.close_writer()


def sealed(data: bytes) -> int:
    """A file in memory that whoever reads it cannot change: no writer to feed, an end that is there."""
    if not data:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    return memory_file("stdin", data)


def memory_file(name: str, data: bytes) -> int:
    """A new descriptor, at its start, of an unchangeable file that lives in memory only."""
    file = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(file, "wb", closefd=False) as stream:
            stream.write(data)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALED)
        os.lseek(file, 0, os.SEEK_SET)
    except BaseException:
        os.close(file)
        raise
    return file


@contextmanager
def _output(launch: Launch, name: Literal["stdout", "stderr"]) -> Iterator[OutputPipe]:
    heard = partial(launch.heard, name) if launch.heard else None
    pipe = OutputPipe(keep_bytes=launch.max_output_bytes, owner=launch.owner, heard=heard)
    try:
        yield pipe
    finally:
        pipe.close()


@contextmanager
def exit_of(pid: int) -> Iterator[asyncio.Future[None]]:
    """A future that is done when the process has ended, before it is waited for."""
    loop = asyncio.get_running_loop()
    exited = loop.create_future()
    descriptor = os.pidfd_open(pid)

    def ended() -> None:
        loop.remove_reader(descriptor)
        exited.set_result(None)

    loop.add_reader(descriptor, ended)
    try:
        yield exited
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
