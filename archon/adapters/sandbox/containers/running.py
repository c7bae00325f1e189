"""One command in a container of its own: its end is the end of all that the command started."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from archon.adapters.sandbox.containers.client import Client, environment, kill_client
from archon.adapters.sandbox.containers.refusals import refusal
from archon.adapters.sandbox.process import Ended, Launch, run
from archon.adapters.sandbox.stopping import StoppedBy
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command
from archon.ports.sandbox import Heard

_KILL_EVERY_S = 0.05
_KILL_TRIES = 200
_NEVER = "0001-"
"""How the time begins that engines tell of what did not happen."""


@dataclass(frozen=True, slots=True)
class Outcome:
    ended: Ended
    is_memory_kill: bool
    """Whether the engine says that the kernel killed something for want of memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    client: Client
    name: str
    arguments: tuple[str, ...]
    """Arguments for `run` from its first option to the last word of the argv inside."""
    removals: set[asyncio.Task[Ended]]
    """Takes the removal of what has ended by itself: nobody need wait for that but the sandbox's close."""

    async def outcome(
        self,
        command: Command,
        watch: Callable[[int], Coroutine[None, None, StoppedBy]],
        user: int | None,
        heard: Heard | None = None,
    ) -> Outcome:
        """Run it to its end, or until `watch` returns; nothing in it lives when this returns or raises.

        `user` is who owns the pipes of its output; None for the caller. Raises: SandboxUnavailable when it
        could not start, or when the engine lost it.
        """
        launch = Launch(
            argv=self.client.argv("run", "--interactive", f"--name={self.name}", *self.arguments),
            stdin=command.stdin,
            timeout_s=command.timeout_s,
            max_output_bytes=command.max_output_bytes,
            env=environment(),
            owner=user,
            heard=heard,
        )
        has_ended = False
        try:
            async with self._killer() as kill:
                ended = await run(launch, kill=kill, watch=watch)
            if ended.stopped_by:
                return Outcome(ended, is_memory_kill=False)
            is_memory_kill = await self._has_ended(ended)
            has_ended = True
            return Outcome(ended, is_memory_kill=is_memory_kill)
        finally:
            removal = asyncio.create_task(self.client.call("rm", "--force", self.name))
            self.removals.add(removal)
            removal.add_done_callback(self.removals.discard)
            if not has_ended:
                await asyncio.shield(removal)

    async def _has_ended(self, ended: Ended) -> bool:
        """Whether memory ran out. Raises: SandboxUnavailable when the exit code is not the command's."""
        form = "{{.State.Status}} {{.State.OOMKilled}} {{.State.StartedAt}}"
        said = await self.client.call("inspect", "--type=container", f"--format={form}", self.name)
        match said.stdout.data.decode("utf-8", "replace").split():
            case ["exited", is_memory_kill, started, *_] if not started.startswith(_NEVER):
                return is_memory_kill == "true"
        if ended.status < 0:
            raise SandboxUnavailable(f"{self.client.path} was killed while a command ran.")
        raise refusal(self.client.path, ended.stderr.data)

    @asynccontextmanager
    async def _killer(self) -> AsyncIterator[Callable[[int], None]]:
        """Something that kills the container, whose client then ends by itself."""
        killing: list[asyncio.Task[None]] = []
        try:
            yield lambda pid: killing.append(asyncio.create_task(self._kill(pid)))
        finally:
            for task in killing:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _kill(self, client: int) -> None:
        """Try until it works: the container may be about to start."""
        for _ in range(_KILL_TRIES):
            await self.client.call("kill", "--signal=KILL", self.name)
            await asyncio.sleep(_KILL_EVERY_S)
        kill_client(client)
