"""The sandboxes that a step's commands share, so that each costs a command and not a start."""

from __future__ import annotations

import asyncio

from archon.domain.execution import Command, ExecResult, SandboxSpec
from archon.ports.sandbox import Sandbox, SandboxProvider


class Sessions:
    """Sandboxes around one workspace, each kept up from its first command until `close`."""

    def __init__(self) -> None:
        self._kept: dict[SandboxSpec, Sandbox] = {}
        self._starting = asyncio.Lock()

    async def exec(self, provider: SandboxProvider, spec: SandboxSpec, command: Command) -> ExecResult:
        """What came of the command, in the sandbox that the last one of the same spec ran in.

        What is mounted is there for one command alone, and so is the sandbox that shows it. One in which
        a command broke off is not used again. Raises: SandboxUnavailable.
        """
        sandbox = await provider.create(spec) if spec.mounts else await self._sandbox(provider, spec)
        is_good = False
        try:
            result = await sandbox.exec(command)
            is_good = not spec.mounts
        finally:
            if not is_good:
                self._kept.pop(spec, None)
                await sandbox.close()
        return result

    async def close(self) -> None:
        """End them all. The next command starts a new one; may be called again."""
        while self._kept:
            _, sandbox = self._kept.popitem()
            await sandbox.close()

    async def _sandbox(self, provider: SandboxProvider, spec: SandboxSpec) -> Sandbox:
        async with self._starting:
            if spec not in self._kept:
                self._kept[spec] = await provider.create(spec)
            return self._kept[spec]
