"""A live sandbox: each command is a bubblewrap of its own over the same workspace and limits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archon.adapters.sandbox.commands import checked, entering, first_process, starting, without_privileges
from archon.adapters.sandbox.groups import Group
from archon.adapters.sandbox.layout import ENVIRONMENT
from archon.adapters.sandbox.limits import counts_by_namespace, limited
from archon.adapters.sandbox.namespace import Namespace, namespace
from archon.adapters.sandbox.process import Ended, Launch, memory_file, run
from archon.adapters.sandbox.refusals import refusal
from archon.adapters.sandbox.tree import overrun
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
        with self._counted(), namespace() as inside:
            try:
                ended = await self._run(command, inside)
            finally:
                await inside.ended()
            has_run = inside.has_run
        if self._closing.is_set() and ended.was_stopped:
            raise SandboxUnavailable("The sandbox was closed while a command ran.")
        out_of_memory = self._memory_kills() > kills_before or ended.was_stopped
        if not has_run and not (out_of_memory or ended.timed_out):
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

    async def _run(self, command: Command, inside: Namespace) -> Ended:
        arguments = b"".join(os.fsencode(word) + b"\0" for word in self._isolation.arguments)
        file = memory_file("arguments", arguments)
        try:
            launch = Launch(
                argv=(*self._outer(file, inside.writer), *self._inner(command)),
                stdin=command.stdin,
                timeout_s=command.timeout_s,
                max_output_bytes=command.max_output_bytes,
                descriptors=(file, inside.writer),
                owner=self._isolation.user,
            )
            return await run(launch, kill=inside.kill, watch=self._watch)
        finally:
            os.close(file)

    def _outer(self, arguments: int, status: int) -> list[str]:
        entrances = self._isolation.group.entrances if self._isolation.group else []
        descriptors = ["--args", str(arguments), "--json-status-fd", str(status)]
        return [*entering(entrances), self._isolation.bubblewrap, *descriptors, "--"]

    def _inner(self, command: Command) -> list[str]:
        user = self._isolation.user
        is_alone = self._isolation.group is None
        is_counted = user is not None or counts_by_namespace()
        return [
            *first_process(),
            *limited(self._spec.limits, memory=is_alone, processes=is_alone and is_counted),
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
