"""Sandboxes by bubblewrap: an allow-listed root, no network, no privileges, everything killed at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from archon.adapters.sandbox import groups, probing
from archon.adapters.sandbox.isolation import USER_INSIDE, Isolation, namespaces
from archon.adapters.sandbox.layout import environment, filesystem
from archon.adapters.sandbox.programs import Bubblewrap, found
from archon.adapters.sandbox.session import SessionSandbox, Surroundings
from archon.adapters.sandbox.toolchain import discovered
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.adapters.sandbox.toolchains.values import Toolchain
from archon.adapters.sandbox.way_out import Reach
from archon.adapters.sandbox.workplaces import Workplace, Workplaces
from archon.domain.execution import Guarantees, SandboxSpec
from archon.ports.folder import FolderSource


class BubblewrapProvider:
    """As root each sandbox gets a user id of its own; otherwise a user namespace."""

    name = "bubblewrap"

    def __init__(
        self,
        *,
        scratch: Path,
        folders: FolderSource,
        python: Path | None = None,
        program: str = "bwrap",
        reach: Reach | None = None,
        toolchains: Toolchains | None = None,
    ) -> None:
        """`scratch` is a folder for locks and small files, made when needed and safe to share between
        processes; `python` the prefix of the Python to show inside, by default the one in use; `reach`
        what may be reached on the network without being allowed for a single sandbox. Those of the
        `toolchains` that are prepared are shown in every sandbox."""
        self._workplaces = Workplaces(scratch, folders)
        self._python = python
        self._program = program
        self._reach = reach or Reach()
        self._toolchains = toolchains
        self._starting = asyncio.Lock()
        self._bubblewrap: Bubblewrap | None = None
        self._groups: groups.Groups | None = None

    async def probe(self) -> Guarantees:
        with self._workplaces.temporary("probe") as workspace:
            sandbox = await self.create(SandboxSpec(workspace=workspace))
            try:
                found_inside = await probing.look_inside(sandbox)
            finally:
                await sandbox.close()
        return probing.guarantees(
            found_inside,
            as_root=self._workplaces.has_users,
            groups=self._groups.version if self._groups else None,
            tmpfs_is_sized=self._bubblewrap is not None and self._bubblewrap.can("--size"),
        )

    async def create(self, spec: SandboxSpec) -> SessionSandbox:
        bubblewrap = await self._started()
        toolchains = self._toolchains.prepared() if self._toolchains else ()
        workplace = await self._workplaces.take(spec)
        with contextlib.ExitStack() as undo:
            undo.callback(workplace.leave)
            root = self._filesystem(bubblewrap, spec, workplace, toolchains)
            group = self._groups.create(spec.limits) if self._groups else None
            undo.pop_all()
        isolation = Isolation(
            bubblewrap=bubblewrap.path,
            arguments=(*namespaces(bubblewrap, as_root=workplace.user is not None), *root),
            python=str(discovered(self._python).inner_executable),
            user=workplace.user,
            group=group,
            limits=spec.limits,
        )
        around = Surroundings(
            start=isolation.start,
            folder=workplace.folder,
            environment=environment(toolchains),
            reach=self._reach,
            group=group,
            leave=workplace.leave,
        )
        return SessionSandbox(spec, around)

    async def _started(self) -> Bubblewrap:
        """Look at the machine, and sweep what dead processes left, once."""
        async with self._starting:
            if self._bubblewrap is None:
                bubblewrap = await found(self._program, as_root=os.geteuid() == 0)
                await self._workplaces.open()
                self._groups = groups.find()
                if self._groups is not None:
                    await asyncio.to_thread(self._groups.sweep)
                self._bubblewrap = bubblewrap
            return self._bubblewrap

    def _filesystem(
        self, bubblewrap: Bubblewrap, spec: SandboxSpec, workplace: Workplace, toolchains: Sequence[Toolchain]
    ) -> list[str]:
        etc = self._workplaces.etc(workplace.user or USER_INSIDE)
        python = discovered(self._python)
        return filesystem(
            spec, workplace.path, python, etc, sized=bubblewrap.can("--size"), toolchains=toolchains
        )
