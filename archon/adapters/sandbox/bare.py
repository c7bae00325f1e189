"""No sandbox at all: commands as plain processes of this machine, by a person's explicit wish only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from dataclasses import replace
from pathlib import Path

from archon.adapters.sandbox.commands import checked, starting
from archon.adapters.sandbox.layout import ENVIRONMENT
from archon.adapters.sandbox.limits import limited
from archon.adapters.sandbox.places import Places
from archon.adapters.sandbox.process import Ended, Launch, run
from archon.adapters.sandbox.stopping import StoppedBy
from archon.adapters.sandbox.toolchain import discovered
from archon.adapters.sandbox.tree import overrun
from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Command, ExecResult, Guarantees, SandboxSpec
from archon.ports.folder import Folder, FolderSource
from archon.ports.sandbox import Heard

_MARK = "ARCHON_COMMAND"
_ROUNDS = 200


class BareProvider:
    """Keeps a command's time, memory, output and (mostly) its daemons in bounds, and nothing apart."""

    name = "bare"

    def __init__(self, *, folders: FolderSource) -> None:
        self._folders = folders

    async def probe(self) -> Guarantees:
        return Guarantees(
            provider=self.name,
            isolated=False,
            filesystem="none: programs read and change whatever this user can",
            network="none: programs reach whatever this machine can",
            processes="killed at the end if they still carry their mark",
            user="the same as Archon",
            kernel="all of it",
            limits="resource limits and a watchdog",
            warnings=(
                "there is NO SANDBOX: code written by a model runs on this machine with all your rights "
                "(ARCHON_UNSAFE_NO_SANDBOX=1)",
            ),
        )

    async def create(self, spec: SandboxSpec) -> BareSandbox:
        if not spec.workspace.is_dir():
            raise InvalidInput(f"There is no folder {spec.workspace} to be the workspace.")
        return BareSandbox(spec, self._folders.open(spec.workspace))


class BareSandbox:
    """The fixed places of a sandbox stand for the real ones where a word of the command names them."""

    def __init__(self, spec: SandboxSpec, folder: Folder) -> None:
        self._spec = spec
        self._folder = folder
        self._places = Places(spec)
        self._marks: set[str] = set()
        self._is_closed = False

    async def exec(self, command: Command, *, heard: Heard | None = None) -> ExecResult:
        checked(command)
        if self._is_closed:
            raise SandboxUnavailable("The sandbox is closed.", hint="Create a new one.")
        ended = await self._run(command, heard)
        return ended.result()

    async def read(self, path: str) -> bytes:
        return await asyncio.to_thread(self._folder.read, path)

    async def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        if self._spec.read_only:
            raise InvalidInput("The workspace of this sandbox is read-only.")
        await asyncio.to_thread(self._folder.write, path, data, executable=executable)

    async def close(self) -> None:
        self._is_closed = True
        for mark in self._marks:
            _kill_marked(mark)

    async def _run(self, command: Command, heard: Heard | None) -> Ended:
        mark = secrets.token_hex(8)
        self._marks.add(mark)
        launch = Launch(
            argv=(
                *limited(self._spec.limits, memory=True, processes=False),
                *starting(self._there(command), self._environment(mark)),
            ),
            stdin=command.stdin,
            timeout_s=command.timeout_s,
            max_output_bytes=command.max_output_bytes,
            heard=heard,
        )
        try:
            return await run(
                launch,
                kill=lambda pid: _kill(pid, mark),
                watch=self._watch,
            )
        finally:
            _kill_marked(mark)
            self._marks.discard(mark)

    async def _watch(self, pid: int) -> StoppedBy:
        await overrun(pid, self._spec.limits)
        return "memory"

    def _environment(self, mark: str) -> dict[str, str]:
        programs = Path(sys.base_prefix) / "bin"
        return ENVIRONMENT | {
            "PATH": f"{programs}:{ENVIRONMENT['PATH']}",
            "ARCHON_CHECKED_WORKSPACE": str(self._spec.workspace.resolve()),
            _MARK: mark,
        }

    def _there(self, command: Command) -> Command:
        """The command with real places in it, and a Python where the system's has only a numbered name."""
        program, *words = command.argv
        if program in {"python", "python3"}:
            program = str(discovered(None).executable)
        return self._places.there(replace(command, argv=(program, *words)))


def _kill(pid: int, mark: str) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    _kill_marked(mark)


def _kill_marked(mark: str) -> None:
    """Kill what a command left behind, however fast it multiplies (within reason)."""
    for _ in range(_ROUNDS):
        if not _killed_marked(mark):
            return


def _killed_marked(mark: str) -> int:
    """How many processes were killed that have the mark in their first environment."""
    killed = 0
    wanted = f"{_MARK}={mark}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
    return killed
