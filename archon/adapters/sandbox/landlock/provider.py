"""Sandboxes by Landlock and seccomp alone: for machines where no namespaces can be made."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.sandbox import groups
from archon.adapters.sandbox.landlock import probing
from archon.adapters.sandbox.landlock.confinement import Confinement
from archon.adapters.sandbox.landlock.machine import demand_setpriv, landlock_abi
from archon.adapters.sandbox.landlock.private import PrivateFolders
from archon.adapters.sandbox.landlock.sandbox import LandlockSandbox
from archon.adapters.sandbox.layout import ENVIRONMENT, checked_mount
from archon.adapters.sandbox.places import Places
from archon.adapters.sandbox.session import SessionSandbox, Surroundings
from archon.adapters.sandbox.toolchain import PREFIX, PROGRAMS, Python, discovered
from archon.adapters.sandbox.workplaces import Workplaces
from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Guarantees, SandboxSpec
from archon.ports.folder import FolderSource


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the machine has, and what was made for all sandboxes."""

    abi: int
    python: Python
    groups: groups.Groups | None
    private: PrivateFolders


class LandlockProvider:
    """As root each sandbox gets a user id of its own; otherwise all are this user."""

    name = "landlock"

    def __init__(self, *, scratch: Path, folders: FolderSource, python: Path | None = None) -> None:
        """`scratch` is a folder for locks and for what stands for /tmp, made when needed and safe to share
        between processes; `python` the prefix of the Python to run, by default the one in use."""
        self._scratch = scratch
        self._folders = folders
        self._workplaces = Workplaces(scratch, folders)
        self._prefix = python
        self._starting = asyncio.Lock()
        self._found: _Found | None = None

    async def probe(self) -> Guarantees:
        found = await self._started()
        with tempfile.TemporaryDirectory(prefix="probe-", dir=found.private.own) as place:
            workspace, canaries = probing.lay_out(Path(place))
            sandbox = await self.create(SandboxSpec(workspace=workspace))
            try:
                seen = await probing.look_inside(sandbox, canaries)
            finally:
                await sandbox.close()
        return probing.guarantees(
            seen,
            abi=found.abi,
            groups=found.groups.version if found.groups else None,
            as_root=self._workplaces.has_users,
        )

    async def create(self, spec: SandboxSpec) -> LandlockSandbox:
        found = await self._started()
        if spec.hidden:
            raise InvalidInput(
                f"Without namespaces {spec.hidden[0]} cannot be hidden in the workspace.",
                hint="Start the command from another folder, where Archon does not read its settings.",
            )
        mounted = [checked_mount(mount).source.resolve() for mount in spec.mounts]
        workplace = await self._workplaces.take(spec)
        workspace, user = workplace.path, workplace.user
        with contextlib.ExitStack() as taken:
            taken.callback(workplace.leave)
            private = found.private.make(user)
            taken.callback(private.remove)
            group = found.groups.create(spec.limits) if found.groups else None
            given_back = taken.pop_all().close
        confinement = Confinement(
            python=found.python.executable,
            shown=(found.python.prefix, found.private.programs, *mounted, *([workspace] * spec.read_only)),
            writable=(private.path, *([workspace] * (not spec.read_only))),
            private=private,
            user=user,
            group=group,
            limits=spec.limits,
        )
        around = Surroundings(
            start=confinement.start,
            folder=workplace.folder,
            environment=_environment(found, private.path, workspace),
            reach=None,
            group=group,
            leave=given_back,
            private=(private.path, self._folders.open(private.path)),
        )
        return LandlockSandbox(SessionSandbox(spec, around), Places(spec))

    async def _started(self) -> _Found:
        """Look at the machine, and sweep what dead processes left, once. Raises: SandboxUnavailable."""
        async with self._starting:
            if self._found is None:
                abi = landlock_abi()
                python = self._python()
                if os.geteuid() == 0:
                    demand_setpriv()
                await self._workplaces.open()
                counted = groups.find()
                if counted is not None:
                    await asyncio.to_thread(counted.sweep)
                private = PrivateFolders(self._scratch / "private", self._folders)
                private.call(python.executable, "python", "python3")
                self._found = _Found(abi=abi, python=python, groups=counted, private=private)
            return self._found

    def _python(self) -> Python:
        """The Python to run. Raises: SandboxUnavailable when showing it would show what is the user's."""
        python = discovered(self._prefix)
        if os.geteuid() == 0 and self._prefix is None and not _is_for_everybody(python.prefix):
            python = discovered(Path("/usr"))
        for kept in (Path.home(), self._scratch):
            if kept.resolve().is_relative_to(python.prefix):
                raise SandboxUnavailable(
                    f"Python lies in {python.prefix}, where {kept} is too.",
                    hint="Run Archon with a Python that has a folder of its own.",
                )
        return python


def _is_for_everybody(place: Path) -> bool:
    """Whether any user may go there."""
    return all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))


def _environment(found: _Found, private: Path, workspace: Path) -> dict[str, str]:
    programs = f"{found.private.programs}:{found.python.prefix}/bin"
    return ENVIRONMENT | {
        "PATH": ENVIRONMENT["PATH"].replace(f"{PROGRAMS}:{PREFIX}/bin", programs),
        "HOME": str(private),
        "TMPDIR": str(private),
        "GIT_CONFIG_NOSYSTEM": "1",  # git gives up where it may not look at a file in /etc
        "ARCHON_CHECKED_WORKSPACE": str(workspace),
    }
