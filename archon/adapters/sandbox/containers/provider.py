"""Sandboxes by Docker or Podman, for machines that have one of them and no bubblewrap."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from archon.adapters.sandbox import probing
from archon.adapters.sandbox.containers import finding
from archon.adapters.sandbox.containers.engine import USER_INSIDE, Engine, has_selinux
from archon.adapters.sandbox.containers.guarantees import guarantees
from archon.adapters.sandbox.containers.image import ensure_image
from archon.adapters.sandbox.containers.owners import sweep
from archon.adapters.sandbox.containers.root import Root, translated
from archon.adapters.sandbox.containers.sandbox import ContainerSandbox, Place
from archon.adapters.sandbox.layout import environment, filesystem
from archon.adapters.sandbox.toolchain import discovered
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.adapters.sandbox.toolchains.values import Toolchain
from archon.adapters.sandbox.workplaces import Workplace, Workplaces
from archon.domain.execution import Guarantees, SandboxSpec
from archon.ports.folder import FolderSource

_SLEEP = ("/usr/bin/sleep", "infinity")


class ContainerProvider:
    """As root each sandbox gets a user id of its own; otherwise its commands are the caller's user."""

    def __init__(
        self,
        name: str,
        *,
        scratch: Path,
        folders: FolderSource,
        program: str = "",
        python: Path | None = None,
        toolchains: Toolchains | None = None,
    ) -> None:
        """`name` is `docker` or `podman`, and the program unless another is given. `scratch` is a folder for
        locks and small files, made when needed and safe to share between processes. Those of the
        `toolchains` that are prepared are shown in every sandbox."""
        self.name = name
        self._program = program or name
        self._workplaces = Workplaces(scratch, folders)
        self._python = python
        self._toolchains = toolchains
        self._starting = asyncio.Lock()
        self._engine: Engine | None = None

    async def probe(self) -> Guarantees:
        engine = await self._started()
        with self._workplaces.temporary("probe") as workspace:
            sandbox = await self.create(SandboxSpec(workspace=workspace))
            try:
                found_inside = await probing.look_inside(sandbox)
            finally:
                await sandbox.close()
        return guarantees(self.name, found_inside, engine, as_root=self._workplaces.has_users)

    async def create(self, spec: SandboxSpec) -> ContainerSandbox:
        engine = await self._started()
        toolchains = self._toolchains.prepared() if self._toolchains else ()
        workplace = await self._workplaces.take(spec)
        with contextlib.ExitStack() as undo:
            undo.callback(workplace.leave)
            root, user = self._root(engine.is_rootless, spec, workplace, toolchains)
            arguments = (
                *engine.confined(user, spec.limits),
                *engine.without(root.hidden),
                *root.arguments,
            )
            undo.pop_all()
        place = Place(
            engine=engine,
            network=(*engine.alone(), *arguments, engine.image, *_SLEEP),
            arguments=arguments,
            environment=environment(toolchains),
            owner=workplace.user,
            pid_file=lambda: self._workplaces.fresh("pid"),
            folder=workplace.folder,
            leave=workplace.leave,
        )
        return ContainerSandbox(spec, place)

    async def _started(self) -> Engine:
        """Look at the machine, make the image, and sweep what dead processes left, once."""
        if self._engine is None:
            async with self._starting:
                self._engine = self._engine or await self._found()
        return self._engine

    async def _found(self) -> Engine:
        client = await finding.found(self._program)
        is_rootless = await finding.is_rootless(client)
        await self._workplaces.open()
        await sweep(client)
        with self._workplaces.temporary("trial") as folder, contextlib.ExitStack() as undo:
            spec = SandboxSpec(workspace=folder)
            workplace = await self._workplaces.take(spec)
            undo.callback(workplace.leave)
            root, user = self._root(is_rootless, spec, workplace)
            engine = Engine(
                client=client,
                image=await ensure_image(client, root),
                is_rootless=is_rootless,
                has_selinux=has_selinux(),
            )
            return await finding.tried(engine, user, (*engine.without(root.hidden), *root.arguments))

    def _root(
        self,
        is_rootless: bool,
        spec: SandboxSpec,
        workplace: Workplace,
        toolchains: Sequence[Toolchain] = (),
    ) -> tuple[Root, tuple[int, int]]:
        """What a command sees, and the ids of its user and group, as they are called inside."""
        if workplace.user is not None:
            user = (workplace.user, workplace.user)
        else:
            user = (USER_INSIDE, USER_INSIDE) if is_rootless else (os.getuid(), os.getgid())
        etc = self._workplaces.etc(user[0])
        python = discovered(self._python)
        layout = filesystem(spec, workplace.path, python, etc, sized=True, toolchains=toolchains)
        return translated(layout), user
