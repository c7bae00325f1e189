"""A process that has a sandbox by Podman with a command in it that never ends, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.containers.provider import ContainerProvider
from archon.domain.execution import Command, SandboxSpec
from archon.testing.sandbox_contract import NEVER_ENDING


async def main(scratch: Path, workspace: Path) -> None:
    provider = ContainerProvider("podman", scratch=scratch, folders=LocalFolders())
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await sandbox.exec(Command(argv=("python", "-c", NEVER_ENDING), timeout_s=1000))


if __name__ == "__main__":
    asyncio.run(main(*map(Path, sys.argv[1:])))
