"""A sandbox over the ports: one agent inside for as long as its commands leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archon.adapters.sandbox.commands import checked
from archon.adapters.sandbox.connecting import connected
from archon.adapters.sandbox.disk import Growth
from archon.adapters.sandbox.groups import Group
from archon.adapters.sandbox.link import LinkLost
from archon.adapters.sandbox.live import Live, Outcome
from archon.adapters.sandbox.server import Servers, SpawnedServer
from archon.adapters.sandbox.stopping import StoppedBy, first_of
from archon.adapters.sandbox.tree import members, overrun
from archon.adapters.sandbox.way_out import Reach, WayOut
from archon.domain.egress import Destination
from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Command, ExecResult, SandboxSpec
from archon.ports.folder import Folder
from archon.ports.sandbox import Ask, Heard

_KILLED = 128 + 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a provider makes for one sandbox."""

    start: Callable[[], Awaitable[Live]]
    """Raises: SandboxUnavailable."""
    folder: Folder
    environment: dict[str, str]
    """What every command has."""
    reach: Reach | None
    """None where there is no network."""
    group: Group | None
    """What counts memory and processes; None where a watchdog does."""
    leave: Callable[[], None]
    """Gives back what was taken for it."""
    private: tuple[Path, Folder] | None = None
    """What stands for /tmp where that is a folder of the host, whose growth nothing else bounds."""


class SessionSandbox:
    """Commands wait for each other; `Server`s run beside them."""

    def __init__(self, spec: SandboxSpec, around: Surroundings) -> None:
        self._spec = spec
        self._around = around
        growing = [(spec.workspace, around.folder), *([around.private] if around.private else [])]
        self._growths = [
            Growth(place, folder.usage, spec.limits, self._processes) for place, folder in growing
        ]
        self._way_out = WayOut(around.reach or Reach())
        self._turn = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._closing = asyncio.Event()
        self._closed: asyncio.Task[None] | None = None
        self._live: Live | None = None
        self._servers = Servers()
        self._running: set[asyncio.Future[None]] = set()

    async def exec(self, command: Command, *, heard: Heard | None = None) -> ExecResult:
        checked(command)
        async with self._turn:
            with self._counted():
                return await self._run(command, heard)

    async def spawn(self, command: Command) -> SpawnedServer:
        checked(command)
        with self._counted():
            live = await self._up()
        stop = asyncio.Event()
        return self._servers.add(self._serve(live, command, stop), stop)

    async def dial(self, port: int) -> socket.socket:
        if not 0 < port < 65536:
            raise InvalidInput(f"{port} is no port.")
        with self._counted():
            live = await self._up()
            try:
                return await connected(await live.link.dial(port))
            except LinkLost as error:
                raise _broken(error) from error

    async def allow(self, destinations: Collection[Destination], *, ask: Ask | None = None) -> None:
        with self._counted():
            await self._up()
            try:
                await self._way_out.allow(destinations, ask)
            except LinkLost as error:
                raise _broken(error) from error

    async def read(self, path: str) -> bytes:
        return await asyncio.to_thread(self._around.folder.read, path)

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        if self._spec.read_only:
            raise InvalidInput("The workspace of this sandbox is read-only.")
        await asyncio.to_thread(self._around.folder.write, path, data, executable=executable)

    async def close(self) -> None:
        if self._closed is None:
            self._closing.set()
            self._closed = asyncio.create_task(self._end())
        await asyncio.shield(self._closed)

    async def _end(self) -> None:
        await self._servers.ended()
        if self._running:
            await asyncio.wait(self._running)
        await self._drop()
        await self._way_out.close()
        if self._around.group is not None:
            await self._around.group.remove()
        self._around.leave()

    async def _run(self, command: Command, heard: Heard | None) -> ExecResult:
        live = await self._up()
        kills_before = self._memory_kills()
        is_clean = False
        try:
            outcome = await live.carry_out("run", command, self._environment(command), self._watch, heard)
            is_clean = outcome.is_clean
        except LinkLost as error:
            raise _broken(error) from error
        finally:
            if not is_clean:
                await self._drop()
        if outcome.stopped_by == "close":
            raise SandboxUnavailable("The sandbox was closed while a command ran.")
        return self._told(outcome, kills_before)

    async def _serve(self, live: Live, command: Command, stop: asyncio.Event) -> ExecResult:
        kills_before = self._memory_kills()
        watch = partial(self._watch, stop)
        try:
            outcome = await live.carry_out("serve", command, self._environment(command), watch)
        except LinkLost as error:
            raise _broken(error) from error
        return self._told(outcome, kills_before)

    def _told(self, outcome: Outcome, kills_before: int) -> ExecResult:
        killed = outcome.stopped_by == "" and self._memory_kills() > kills_before
        # What was killed may have been a server's, or a command's beside this server.
        is_own = not self._servers or _exit_code(outcome) == _KILLED
        out_of_memory = outcome.stopped_by == "memory" or (killed and is_own)
        if outcome.status is None and not (out_of_memory or outcome.stopped_by):
            raise SandboxUnavailable("The sandbox ended in the middle of a command.", hint="Run it again.")
        return ExecResult(
            exit_code=_exit_code(outcome),
            stdout=outcome.stdout.data,
            stderr=outcome.stderr.data,
            stdout_truncated=outcome.stdout.is_truncated,
            stderr_truncated=outcome.stderr.is_truncated,
            timed_out=outcome.stopped_by == "time",
            out_of_memory=out_of_memory,
            out_of_disk=outcome.stopped_by == "disk",
            refusals=self._way_out.take_refusals(),
            duration_s=outcome.duration_s,
        )

    async def _up(self) -> Live:
        """The sandbox, started where it is not. Raises: SandboxUnavailable."""
        async with self._starting:
            if self._closing.is_set():
                raise SandboxUnavailable("The sandbox is closed.", hint="Create a new one.")
            if self._live is not None and self._live.is_lost:
                await self._drop()
            if self._live is None:
                for growth in self._growths:
                    await growth.begin()
                self._live = await self._fresh()
            return self._live

    async def _fresh(self) -> Live:
        """A sandbox with its way out: both or none. Raises: SandboxUnavailable."""
        live = await self._around.start()
        try:
            if self._around.reach is not None:
                await self._way_out.lead_from(live.link)
        except BaseException as error:
            await asyncio.shield(asyncio.ensure_future(self._end_of(live)))
            if isinstance(error, LinkLost):
                raise _broken(error) from error
            raise
        return live

    async def _drop(self) -> None:
        """End what runs, so that the next command finds a new sandbox around the same workspace."""
        live, self._live = self._live, None
        if live is not None:
            await asyncio.shield(asyncio.ensure_future(self._end_of(live)))

    async def _end_of(self, live: Live) -> None:
        try:
            await self._way_out.leave()
        finally:
            await live.close()

    def _processes(self) -> list[int]:
        return [*members(self._live.pid)] if self._live is not None else []

    async def _watch(self, stop: asyncio.Event | None = None) -> StoppedBy:
        """Wait for what must end a command."""
        watched: list[tuple[StoppedBy, Coroutine[None, None, object]]] = [
            ("close", self._closing.wait()),
            *(("disk", growth.overrun()) for growth in self._growths),
        ]
        if stop is not None:
            watched.append(("stop", stop.wait()))
        if self._around.group is None and self._live is not None:
            watched.append(("memory", overrun(self._live.pid, self._spec.limits)))
        return await first_of(watched)

    def _environment(self, command: Command) -> dict[str, str]:
        return self._way_out.on_top_of(self._around.environment) | command.env

    def _memory_kills(self) -> int:
        return self._around.group.memory_kills() if self._around.group else 0

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


def _exit_code(outcome: Outcome) -> int:
    if outcome.stopped_by in {"memory", "disk"} or outcome.status is None:
        return _KILLED
    if outcome.stopped_by == "time":
        return 124
    status = os.waitstatus_to_exitcode(outcome.status)
    return status if status >= 0 else 128 - status


def _broken(error: LinkLost) -> SandboxUnavailable:
    return SandboxUnavailable(f"The sandbox broke down: {error}.", hint="Run the command again.")
