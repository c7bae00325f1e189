"""Where commands run: starting an isolated machine, and using it, are two ports."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from archon.domain.egress import Destination
from archon.domain.execution import Command, ExecResult, Guarantees, SandboxSpec

Ask: TypeAlias = Callable[[Destination], Awaitable[bool]]
"""Whether a destination that is not on the list may be reached after all; asked once for each."""


Heard: TypeAlias = Callable[[Literal["stdout", "stderr"], bytes], asyncio.Event | None]
"""Gets each piece of a command's output as it comes, also what is too much to be kept.

Where it returns an event, no more is read before that is set, and the program may have to wait.
"""


class Sandbox(Protocol):
    async def exec(self, command: Command, *, heard: Heard | None = None) -> ExecResult:
        """Run a command to its end and return what the world answered.

        A command that cannot be found or started is exit code 127 or 126 with a line on stderr, a
        time-out is 124. Everything it started is dead when this returns. Cancelling kills it.

        Raises: SandboxUnavailable when the sandbox itself broke.
        """
        ...

    async def read(self, path: str) -> bytes:
        """A regular file below the workspace, by its relative path, following no link.

        Raises: NotFound; InvalidInput for a path that leaves the workspace, or is no regular file.
        """
        ...

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        """Replace a file below the workspace, making its folders, following no link.

        Raises: InvalidInput for a path that leaves the workspace.
        """
        ...

    async def close(self) -> None:
        """Kill what still runs and free everything but the workspace's files. May be called twice."""
        ...


class Server(Protocol):
    """A program that goes on running inside while other commands come and go."""

    async def wait(self) -> ExecResult:
        """Wait until it has ended and return what came of it. May be called again."""
        ...

    async def stop(self) -> ExecResult:
        """Kill it and all it started, and return what came of it."""
        ...


@runtime_checkable
class Network(Protocol):
    """What a live sandbox can serve and reach: beside `Sandbox`, for providers that have it."""

    async def spawn(self, command: Command) -> Server:
        """Start a program that outlives other commands, until its time-out or the sandbox's close.

        Raises: SandboxUnavailable when the sandbox itself broke.
        """
        ...

    async def dial(self, port: int) -> socket.socket:
        """A non-blocking stream connected to a port of the inside's own loopback.

        No port of the host is involved. Raises: ConnectionRefusedError when nobody listens there;
        SandboxUnavailable.
        """
        ...

    async def allow(self, destinations: Collection[Destination], *, ask: Ask | None = None) -> None:
        """Let commands reach these through a proxy, told to them in HTTPS_PROXY.

        Adds to what was allowed before. `ask` decides about names that are not listed. What is refused
        is told to the program in the proxy's answer and comes back in `ExecResult.refusals`. Raises:
        InvalidInput for a host that is none; SandboxUnavailable where the provider has no way out.
        """
        ...


class SandboxProvider(Protocol):
    name: str

    async def probe(self) -> Guarantees:
        """Start a real sandbox, look at what it keeps apart, and say so.

        Raises: SandboxUnavailable with what is missing and how to get it.
        """
        ...

    async def create(self, spec: SandboxSpec) -> Sandbox:
        """A sandbox around an existing folder. Several may live at once, also on one folder.

        Raises: SandboxUnavailable.
        """
        ...
