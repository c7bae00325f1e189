"""Sandboxes by Docker or Podman, for machines that have one of them and no bubblewrap."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from archon.adapters.sandbox import probing
from archon.adapters.sandbox.containers import finding
from archon.adapters.sandbox.containers.engine import USER_INSIDE, Engine, has_selinux
from archon.adapters.sandbox.containers.guarantees import guarantees
from archon.adapters.sandbox.containers.image import ensure_image
from archon.adapters.sandbox.containers.owners import fresh_name, sweep
from archon.adapters.sandbox.containers.root import Root, translated
from archon.adapters.sandbox.containers.sandbox import ContainerSandbox, Place
from archon.adapters.sandbox.layout import etc_files, filesystem
from archon.adapters.sandbox.seats import Seat, Seats, first_user
from archon.adapters.sandbox.toolchain import discovered
from archon.domain.errors import InvalidInput
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
    ) -> None:
        """`name` is `docker` or `podman`, and the program unless another is given. `scratch` is a folder for
        locks and small files, made when needed and safe to share between processes."""
        self.name = name
        self._program = program or name
        self._scratch = scratch
        self._folders = folders
        self._python = python
        self._starting = asyncio.Lock()
        self._engine: Engine | None = None
        self._seats: Seats | None = None

    async def probe(self) -> Guarantees:
        engine = await self._started()
        with tempfile.TemporaryDirectory(prefix="probe-", dir=self._scratch) as workspace:
            sandbox = await self.create(SandboxSpec(workspace=Path(workspace)))
            try:
                found_inside = await probing.look_inside(sandbox)
            finally:
                await sandbox.close()
        return guarantees(self.name, found_inside, engine, as_root=self._seats is not None)

    async def create(self, spec: SandboxSpec) -> ContainerSandbox:
        engine = await self._started()
        workspace = spec.workspace.resolve()
        if not workspace.is_dir():
            raise InvalidInput(f"There is no folder {spec.workspace} to be the workspace.")
        seat = self._seats.take(workspace) if self._seats else None
        with contextlib.ExitStack() as undo:
            undo.callback(self._leave, seat)
            folder = self._folders.open(workspace, owner=seat.user if seat else None)
            await asyncio.to_thread(folder.hand_over)
            user = _user(seat, is_rootless=engine.is_rootless)
            arguments = (*engine.confined(user, spec.limits), *self._root(spec, workspace, user).arguments)
            name = await self._network(engine, arguments)
            undo.pop_all()
        place = Place(
            engine=engine,
            name=name,
            arguments=arguments,
            owner=seat.user if seat else None,
            pid_files=self._scratch,
        )
        return ContainerSandbox(spec, place, folder, leave=lambda: self._leave(seat))

    async def _started(self) -> Engine:
        """Look at the machine, make the image, and sweep what dead processes left, once."""
        async with self._starting:
            if self._engine is None:
                self._scratch.mkdir(parents=True, exist_ok=True)
                self._engine = await self._found()
            return self._engine

    async def _found(self) -> Engine:
        client = await finding.found(self._program)
        is_rootless = await finding.is_rootless(client)
        if os.geteuid() == 0:
            self._seats = Seats(self._scratch / "users", first_user())
        await sweep(client)
        with tempfile.TemporaryDirectory(prefix="trial-", dir=self._scratch) as folder:
            user = (first_user(), first_user()) if self._seats else _user(None, is_rootless=is_rootless)
            root = self._root(SandboxSpec(workspace=Path(folder)), Path(folder), user)
            engine = Engine(
                client=client,
                image=await ensure_image(client, root),
                is_rootless=is_rootless,
                has_selinux=has_selinux(),
            )
            return await finding.tried(engine, user, root.arguments)

    async def _network(self, engine: Engine, arguments: Sequence[str]) -> str:
        """Start the container that has a sandbox's network, and return its name."""
        name = fresh_name("sandbox")
        argv = ("run", "--detach", f"--name={name}", *engine.alone(), *arguments, engine.image, *_SLEEP)
        try:
            await engine.client.answer(*argv)
        except BaseException:
            await asyncio.shield(engine.client.call("rm", "--force", name))
            raise
        return name

    def _root(self, spec: SandboxSpec, workspace: Path, user: tuple[int, int]) -> Root:
        etc = self._etc(user[0])
        return translated(filesystem(spec, workspace, discovered(self._python), etc, sized=True))

    def _etc(self, user: int) -> Path:
        """The folder with the generated /etc files for a user id: always the same, so never removed."""
        folder = self._scratch / "etc" / str(user)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in etc_files(user).items():
            if not (folder / name).exists():
                fresh = folder / f"{name}.{os.getpid()}"
                fresh.write_text(text)
                fresh.chmod(0o644)
                fresh.rename(folder / name)
        return folder

    def _leave(self, seat: Seat | None) -> None:
        if seat is not None and self._seats is not None:
            self._seats.leave(seat)


def _user(seat: Seat | None, *, is_rootless: bool) -> tuple[int, int]:
    """The ids of a command's user and group, as they are called inside."""
    if seat is not None:
        return seat.user, seat.user
    return (USER_INSIDE, USER_INSIDE) if is_rootless else (os.getuid(), os.getgid())
