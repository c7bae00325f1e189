"""Where commands run: starting an isolated machine, and using it, are two ports."""

from __future__ import annotations

from typing import Protocol

from archon.domain.execution import Command, ExecResult, Guarantees, SandboxSpec


class Sandbox(Protocol):
    async def exec(self, command: Command) -> ExecResult:
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
