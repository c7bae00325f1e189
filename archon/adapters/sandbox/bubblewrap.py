"""Sandboxes by bubblewrap: an allow-listed root, no network, no privileges, everything killed at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from archon.adapters.sandbox import groups, probing
from archon.adapters.sandbox.handing_back import leave
from archon.adapters.sandbox.isolation import USER_INSIDE, Isolation, namespaces
from archon.adapters.sandbox.layout import environment, etc_files, filesystem
from archon.adapters.sandbox.marks import is_of_the_living, own_mark
from archon.adapters.sandbox.programs import Bubblewrap, found
from archon.adapters.sandbox.seats import Seat, Seats, first_user
from archon.adapters.sandbox.session import SessionSandbox, Surroundings
from archon.adapters.sandbox.toolchain import discovered
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.adapters.sandbox.toolchains.values import Toolchain
from archon.adapters.sandbox.way_out import Reach
from archon.domain.errors import InvalidInput
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
        self._scratch = scratch
        self._folders = folders
        self._python = python
        self._program = program
        self._reach = reach or Reach()
        self._toolchains = toolchains
        self._starting = asyncio.Lock()
        self._bubblewrap: Bubblewrap | None = None
        self._seats: Seats | None = None
        self._groups: groups.Groups | None = None

    async def probe(self) -> Guarantees:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"probe-{own_mark()}-", dir=self._scratch) as workspace:
            sandbox = await self.create(SandboxSpec(workspace=Path(workspace)))
            try:
                found_inside = await probing.look_inside(sandbox)
            finally:
                await sandbox.close()
        return probing.guarantees(
            found_inside,
            as_root=self._seats is not None,
            groups=self._groups.version if self._groups else None,
            tmpfs_is_sized=self._bubblewrap is not None and self._bubblewrap.can("--size"),
        )

    async def create(self, spec: SandboxSpec) -> SessionSandbox:
        bubblewrap = await self._started()
        toolchains = self._toolchains.prepared() if self._toolchains else ()
        workspace = spec.workspace.resolve()
        if not workspace.is_dir():
            raise InvalidInput(f"There is no folder {spec.workspace} to be the workspace.")
        seat = self._seats.take(workspace) if self._seats else None
        with contextlib.ExitStack() as undo:
            if seat is not None and self._seats is not None:
                undo.callback(self._seats.leave, seat)
            user = seat.user if seat else None
            folder = self._folders.open(workspace, owner=user)
            await asyncio.to_thread(folder.hand_over)
            root = self._filesystem(bubblewrap, spec, workspace, seat, toolchains)
            group = self._groups.create(spec.limits) if self._groups else None
            undo.pop_all()
        isolation = Isolation(
            bubblewrap=bubblewrap.path,
            arguments=(*namespaces(bubblewrap, as_root=user is not None), *root),
            python=str(discovered(self._python).inner_executable),
            user=user,
            group=group,
            limits=spec.limits,
        )
        around = Surroundings(
            start=isolation.start,
            folder=folder,
            environment=environment(toolchains),
            reach=self._reach,
            group=group,
            leave=lambda: self._leave(spec, seat),
        )
        return SessionSandbox(spec, around)

    async def _started(self) -> Bubblewrap:
        """Look at the machine, and sweep what dead processes left, once."""
        async with self._starting:
            if self._bubblewrap is None:
                as_root = os.geteuid() == 0
                bubblewrap = await found(self._program, as_root=as_root)
                if as_root:
                    self._seats = Seats(self._scratch / "users", first_user())
                self._groups = groups.find()
                if self._groups is not None:
                    self._groups.sweep()
                await asyncio.to_thread(self._sweep)
                self._bubblewrap = bubblewrap
            return self._bubblewrap

    def _sweep(self) -> None:
        """Remove the workspaces of probes whose process was killed."""
        if not self._scratch.is_dir():
            return
        scratch = self._folders.open(self._scratch)
        for left in self._scratch.glob("probe-*"):
            if not is_of_the_living(left.name.removeprefix("probe-").rpartition("-")[0]):
                scratch.remove(left.name)

    def _filesystem(
        self,
        bubblewrap: Bubblewrap,
        spec: SandboxSpec,
        workspace: Path,
        seat: Seat | None,
        toolchains: Sequence[Toolchain],
    ) -> list[str]:
        etc = self._etc(seat.user if seat else USER_INSIDE)
        python = discovered(self._python)
        return filesystem(spec, workspace, python, etc, sized=bubblewrap.can("--size"), toolchains=toolchains)

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

    def _leave(self, spec: SandboxSpec, seat: Seat | None) -> None:
        if seat is not None and self._seats is not None:
            leave(self._seats, seat, spec, self._folders)
