"""A live sandbox: a container that only keeps a network, and beside it one for each command.

One for each, and not a command started in a container that lives on: what a command leaves behind is then
certain to be gone, also after a time-out, and engines take as long for the one as for the other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.sandbox.commands import checked, starting
from archon.adapters.sandbox.containers.dialling import Dialler
from archon.adapters.sandbox.containers.engine import Engine
from archon.adapters.sandbox.containers.first import first_process
from archon.adapters.sandbox.containers.owners import fresh_name
from archon.adapters.sandbox.containers.running import Container, Outcome
from archon.adapters.sandbox.containers.watching import overrun_by, written
from archon.adapters.sandbox.disk import Growth
from archon.adapters.sandbox.process import Ended
from archon.adapters.sandbox.server import Servers, SpawnedServer
from archon.adapters.sandbox.stopping import StoppedBy, first_of
from archon.adapters.sandbox.tree import members
from archon.domain.egress import Destination
from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Command, ExecResult, SandboxSpec
from archon.ports.folder import Folder
from archon.ports.sandbox import Ask, Heard

_KILLED = 128 + 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the commands of one sandbox run."""

    engine: Engine
    network: tuple[str, ...]
    """Arguments for `run` of the container that keeps the network, without a name for it."""
    arguments: tuple[str, ...]
    """For `run`: what confines a command, and what it sees."""
    environment: Mapping[str, str]
    """What every command has."""
    owner: int | None
    """User id of the commands where it is not the caller's own."""
    pid_file: Callable[[], Path]
    """A place for a file with a process id, where the engine writes one."""
    folder: Folder
    leave: Callable[[], None]
    """Gives back what was taken for it."""


class ContainerSandbox:
    def __init__(self, spec: SandboxSpec, place: Place) -> None:
        self._spec = spec
        self._place = place
        self._growth = Growth(spec.workspace, place.folder.usage, spec.limits, self._processes)
        self._pid_files: set[Path] = set()
        self._closing = asyncio.Event()
        self._closed: asyncio.Task[None] | None = None
        self._running: set[asyncio.Future[None]] = set()
        self._removals: set[asyncio.Task[Ended]] = set()
        self._servers = Servers()
        self._name = fresh_name("sandbox")
        self._starting = asyncio.Lock()
        self._is_up = False
        self._dialler = Dialler(place.engine.client, self._name, place.environment)

    async def exec(self, command: Command, *, heard: Heard | None = None) -> ExecResult:
        self._accept(command)
        outcome = await self._run(command, asyncio.Event(), heard)
        if outcome.ended.stopped_by == "close":
            raise SandboxUnavailable("The sandbox was closed while a command ran.")
        return self._told(outcome)

    async def spawn(self, command: Command) -> SpawnedServer:
        self._accept(command)
        with self._counted():
            await self._up()
            self._demand_open()
        stop = asyncio.Event()

        async def serve() -> ExecResult:
            return self._told(await self._run(command, stop))

        return self._servers.add(serve(), stop)

    async def dial(self, port: int) -> socket.socket:
        if not 0 < port < 65536:
            raise InvalidInput(f"{port} is no port.")
        self._demand_open()
        with self._counted():
            await self._up()
            return await self._dialler.dial(port)

    async def allow(self, destinations: Collection[Destination], *, ask: Ask | None = None) -> None:
        """Raises: SandboxUnavailable: a container's network cannot be opened to chosen destinations only."""
        raise SandboxUnavailable(
            "A sandbox in a container can reach nothing on the network.",
            hint="Use bubblewrap for that: ARCHON_SANDBOX_PROVIDER=bubblewrap.",
        )

    async def read(self, path: str) -> bytes:
        return await asyncio.to_thread(self._place.folder.read, path)

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        if self._spec.read_only:
            raise InvalidInput("The workspace of this sandbox is read-only.")
        await asyncio.to_thread(self._place.folder.write, path, data, executable=executable)

    async def close(self) -> None:
        if self._closed is None:
            self._closing.set()
            self._closed = asyncio.create_task(self._end())
        await asyncio.shield(self._closed)

    async def _end(self) -> None:
        try:
            await self._servers.ended()
            for under_way in (self._running, self._removals):
                if under_way:
                    await asyncio.wait(under_way)
            if self._is_up:
                await self._place.engine.client.call("rm", "--force", self._name)
            await self._dialler.ended()
        finally:
            self._place.leave()

    def _accept(self, command: Command) -> None:
        checked(command)
        self._demand_open()

    def _demand_open(self) -> None:
        if self._closing.is_set():
            raise SandboxUnavailable("The sandbox is closed.", hint="Create a new one.")

    async def _run(self, command: Command, stop: asyncio.Event, heard: Heard | None = None) -> Outcome:
        pid_file = self._place.pid_file()
        container = Container(
            client=self._place.engine.client,
            name=fresh_name("command"),
            arguments=self._arguments(command, pid_file),
            removals=self._removals,
        )
        with self._counted():
            await self._up()
            self._pid_files.add(pid_file)
            try:
                return await container.outcome(
                    command, lambda _: self._watch(stop, pid_file), self._place.owner, heard
                )
            finally:
                self._pid_files.discard(pid_file)
                pid_file.unlink(missing_ok=True)

    def _arguments(self, command: Command, pid_file: Path) -> tuple[str, ...]:
        return (
            *self._place.engine.beside(self._name),
            *([f"--pidfile={pid_file}"] if self._place.engine.client.is_podman else []),
            *self._place.arguments,
            self._place.engine.image,
            *("/usr/bin/env", "-i", *first_process(), *starting(command, self._place.environment)),
        )

    async def _up(self) -> None:
        """Start the container that keeps the network, where that was not done. Raises: SandboxUnavailable."""
        async with self._starting:
            if self._is_up:
                return
            client = self._place.engine.client
            await self._growth.begin()
            try:
                await client.answer("run", "--detach", f"--name={self._name}", *self._place.network)
            except BaseException:
                await asyncio.shield(client.call("rm", "--force", self._name))
                raise
            self._is_up = True

    @property
    def _has_watchdog(self) -> bool:
        return self._place.engine.groups is None and self._place.engine.client.is_podman

    def _processes(self) -> list[int]:
        """All that run inside, as the host calls them; Docker cannot be asked to write that down."""
        return [member for file in self._pid_files for pid in written(file) for member in members(pid)]

    async def _watch(self, stop: asyncio.Event, pid_file: Path) -> StoppedBy:
        watched: list[tuple[StoppedBy, Coroutine[None, None, object]]] = [
            ("close", self._closing.wait()),
            ("stop", stop.wait()),
            ("disk", self._growth.overrun()),
        ]
        if self._has_watchdog:
            watched.append(("memory", overrun_by(pid_file, self._spec.limits)))
        return await first_of(watched)

    def _told(self, outcome: Outcome) -> ExecResult:
        """Podman cannot say that memory ran out with the first version of control groups."""
        is_silent = self._place.engine.groups == "v1"
        is_guessed = is_silent and not outcome.ended.stopped_by and outcome.ended.exit_code == _KILLED
        return outcome.ended.result(is_memory_kill=outcome.is_memory_kill or is_guessed)

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
