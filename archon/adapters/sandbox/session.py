"""A live sandbox: each command is a bubblewrap of its own over the same workspace and limits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archon.adapters.sandbox.commands import checked, entering, starting, without_privileges
from archon.adapters.sandbox.groups import Group
from archon.adapters.sandbox.layout import ENVIRONMENT
from archon.adapters.sandbox.limits import limited
from archon.adapters.sandbox.process import Ended, Launch, memory_file, run
from archon.adapters.sandbox.refusals import refusal
from archon.adapters.sandbox.tree import kill_namespace, overrun
from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Command, ExecResult, SandboxSpec
from archon.ports.folder import Folder

_KILLED = 128 + 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """How the commands of one sandbox are kept apart."""

    bubblewrap: str
    arguments: tuple[str, ...]
    user: int | None
    """The user id that they run as; None in a user namespace."""
    group: Group | None
    """What counts their memory and processes; None where a watchdog does."""


class BubblewrapSandbox:
    def __init__(
        self, spec: SandboxSpec, isolation: Isolation, folder: Folder, *, leave: Callable[[], None]
    ) -> None:
        self._spec = spec
        self._isolation = isolation
        self._folder = folder
        self._leave = leave
        self._closing = asyncio.Event()
        self._running: set[asyncio.Future[None]] = set()

    async def exec(self, command: Command) -> ExecResult:
        checked(command)
        if self._closing.is_set():
            raise SandboxUnavailable("The sandbox is closed.", hint="Create a new one.")
        kills_before = self._memory_kills()
        with self._counted(), _status() as status:
            ended = await self._run(command, status)
            was_started = b'"exit-code"' in status.read()
        if self._closing.is_set() and ended.was_stopped:
            raise SandboxUnavailable("The sandbox was closed while a command ran.")
        out_of_memory = self._memory_kills() > kills_before or ended.was_stopped
        if not was_started and not (out_of_memory or ended.timed_out):
            raise refusal(ended.stderr.data)
        return ExecResult(
            exit_code=_KILLED if ended.was_stopped else ended.exit_code,
            stdout=ended.stdout.data,
            stderr=ended.stderr.data,
            stdout_truncated=ended.stdout.is_truncated,
            stderr_truncated=ended.stderr.is_truncated,
            timed_out=ended.timed_out,
            out_of_memory=out_of_memory,
            duration_s=ended.duration_s,
        )

    async def read(self, path: str) -> bytes:
        return await asyncio.to_thread(self._folder.read, path)

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        if self._spec.read_only:
            raise InvalidInput("The workspace of this sandbox is read-only.")
        await asyncio.to_thread(self._folder.write, path, data, executable=executable)

    async def close(self) -> None:
        if self._closing.is_set():
            return
        self._closing.set()
        if self._running:
            await asyncio.wait(self._running)
        if self._isolation.group is not None:
            await self._isolation.group.remove()
        self._leave()

    async def _run(self, command: Command, status: _Status) -> Ended:
        arguments = b"".join(os.fsencode(word) + b"\0" for word in self._isolation.arguments)
        file = memory_file("arguments", arguments)
        try:
            launch = Launch(
                argv=(*self._outer(file, status.writer), *self._inner(command)),
                stdin=command.stdin,
                timeout_s=command.timeout_s,
                max_output_bytes=command.max_output_bytes,
                descriptors=(file, status.writer),
                owner=self._isolation.user,
            )
            return await run(launch, kill=kill_namespace, watch=self._watch)
        finally:
            os.close(file)

    def _outer(self, arguments: int, status: int) -> list[str]:
        bubblewrap = [
            self._isolation.bubblewrap,
            "--args",
            str(arguments),
            "--json-status-fd",
            str(status),
            "--",
        ]
        group = self._isolation.group
        return [*entering(group.entrances), *bubblewrap] if group else bubblewrap

    def _inner(self, command: Command) -> list[str]:
        user = self._isolation.user
        return [
            *limited(self._spec.limits, by_group=self._isolation.group is not None),
            *(without_privileges(user) if user is not None else []),
            *starting(command, ENVIRONMENT),
        ]

    async def _watch(self, pid: int) -> None:
        """Return when the command must end: at the close, or over its limits where no group keeps them."""
        watchers: list[asyncio.Future[object]] = [asyncio.ensure_future(self._closing.wait())]
        if self._isolation.group is None:
            watchers.append(asyncio.ensure_future(overrun(pid, self._spec.limits)))
        try:
            await asyncio.wait(watchers, return_when="FIRST_COMPLETED")
        finally:
            for watcher in watchers:
                watcher.cancel()

    def _memory_kills(self) -> int:
        return self._isolation.group.memory_kills() if self._isolation.group else 0

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Keep the close waiting for what runs."""
        running = asyncio.get_running_loop().create_future()
        self._running.add(running)
        try:
            yield
        finally:
            self._running.discard(running)
            running.set_result(None)


class _Status:
    """Where bubblewrap says that the command was started, which what the command prints cannot forge."""

    def __init__(self) -> None:
        self._reader, self.writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def read(self) -> bytes:
        try:
            return os.read(self._reader, 4096)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._reader)
        os.close(self.writer)


@contextmanager
def _status() -> Iterator[_Status]:
    status = _Status()
    try:
        yield status
    finally:
        status.close()
