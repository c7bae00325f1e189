"""Attacks of one sandbox on another that lives beside it.

One keeps a secret; the other one, told all but the secret, goes for it. Both run first without protection,
where the secret must get out, and then in two sandboxes, where it must not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bare import BareProvider
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import Command, ExecResult, SandboxSpec
from archon.ports.sandbox import Sandbox, SandboxProvider
from archon.testing.sandbox_contract import heard, listen
from tests.security.battery.cases import each
from tests.security.battery.conditions import TRACING, must_have
from tests.security.battery.prelude import PRELUDE


@dataclass(frozen=True, slots=True)
class Raid:
    keep: str
    """Keeps `SECRET` somewhere; that it calls `NAME` and `NUMBER` is known to both."""
    take: str
    """Prints the secret, or ends the other one."""
    tidy: str = ""
    """Removes what both leave where nothing else does."""
    needs: str = ""


def told_of_processes(keep: str, file: str, *, needs: str = "") -> Raid:
    """Something that stands below /proc for each process."""
    look = (
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        f"    try: tell(f'/proc/{{pid}}/{file}')\n"
        "    except OSError: pass"
    )
    return Raid(keep, look, needs=needs)


def told_by_server(bind: str, ask: str, *, tidy: str = "") -> Raid:
    serve = "\ns.listen()\ndef stay():\n    while True: s.accept()[0].sendall(SECRET)"
    return Raid(bind + serve, ask, tidy)


UNIX = "s = socket.socket(socket.AF_UNIX); s.bind({0})"
RAIDS = {
    "a file of its workspace": Raid("open('kept', 'wb').write(SECRET)", "tell('../one/kept')"),
    "a file in /tmp": Raid(
        "open(f'/tmp/{NAME}', 'wb').write(SECRET)", "tell(f'/tmp/{NAME}')", "os.unlink(f'/tmp/{NAME}')"
    ),
    "shared memory": Raid(
        "open(f'/dev/shm/{NAME}', 'wb').write(SECRET)",
        "tell(f'/dev/shm/{NAME}')",
        "os.unlink(f'/dev/shm/{NAME}')",
    ),
    "shared memory of System V": Raid(
        "at = libc.shmat(must(libc.shmget(NUMBER, 99, 0o1666)), None, 0)\n"
        "ctypes.memmove(ctypes.c_void_p(at), SECRET, len(SECRET))",
        "say(ctypes.string_at(libc.shmat(must(libc.shmget(NUMBER, 0, 0)), None, 0), 99))",
        "libc.shmctl(libc.shmget(NUMBER, 0, 0), 0, None)",
    ),
    "a port": told_by_server(
        "s = socket.create_server(('127.0.0.1', NUMBER))", "ask(socket.AF_INET, ('127.0.0.1', NUMBER))"
    ),
    "a port of UDP": Raid(
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', NUMBER))\n"
        "def stay():\n    while True: s.sendto(SECRET, s.recvfrom(9)[1])",
        "ask(socket.AF_INET, ('127.0.0.1', NUMBER), socket.SOCK_DGRAM)",
    ),
    "a socket without a path": told_by_server(
        UNIX.format("'\\0' + NAME"), "ask(socket.AF_UNIX, '\\0' + NAME)"
    ),
    "a socket in /tmp": told_by_server(
        UNIX.format("f'/tmp/{NAME}'"), "ask(socket.AF_UNIX, f'/tmp/{NAME}')", tidy="os.unlink(f'/tmp/{NAME}')"
    ),
    "a socket in its workspace": told_by_server(UNIX.format("'kept'"), "ask(socket.AF_UNIX, '../one/kept')"),
    "its environment": told_of_processes(
        "child = subprocess.Popen(['sleep', '100'], env={'SECRET': SECRET})", "environ"
    ),
    "its command lines": told_of_processes(
        "child = subprocess.Popen(['sh', '-c', 'sleep 100; :', SECRET])", "cmdline"
    ),
    "the names of its processes": told_of_processes("libc.prctl(15, SECRET, 0, 0, 0)", "comm"),
    "its working directory": told_of_processes("open('kept', 'wb').write(SECRET)", "cwd/kept", needs=TRACING),
    "its memory files": told_of_processes(
        "memory = os.memfd_create('x'); os.write(memory, SECRET); os.dup2(memory, 99)", "fd/99", needs=TRACING
    ),
    "its life": Raid(
        "libc.prctl(15, NAME.encode(), 0, 0, 0)",
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    if NAME in open(f'/proc/{pid}/comm').read(): os.kill(int(pid), 9)",
    ),
}


class Raided:
    """Two sandboxes beside each other, and what one tries on the other."""

    def __init__(self, raid: Raid, folder: Path) -> None:
        self._raid = raid
        self._folder = folder
        self._secret = secrets.token_hex(7)
        self._known = {"NAME": f"a{secrets.token_hex(6)}", "NUMBER": 20_000 + secrets.randbelow(10_000)}

    async def succeeds(self, provider: SandboxProvider) -> bool:
        first, second = [await provider.create(SandboxSpec(workspace=each)) for each in self._folders()]
        keeping = asyncio.create_task(self._keep(first))
        try:
            return await self._takes(second, keeping)
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await self._run(second, self._raid.tidy)
            await first.close()
            await second.close()

    async def _takes(self, second: Sandbox, keeping: asyncio.Task[ExecResult]) -> bool:
        """Whether the secret got out, or the one who keeps it is dead."""
        hearing = asyncio.create_task(heard(self._folder / "one"))
        await asyncio.wait({hearing, keeping}, return_when="FIRST_COMPLETED")
        if keeping.done():
            os.close(os.open(self._folder / "one" / "started", os.O_RDWR))  # nobody else will
            raise AssertionError(keeping.result())
        taken = await self._run(second, self._raid.take)
        return self._secret.encode() in taken.stdout or bool((await asyncio.wait({keeping}, timeout=0))[0])

    async def _keep(self, first: Sandbox) -> ExecResult:
        keep = f"SECRET = {self._secret.encode()!r}\n{self._raid.keep}\nopen('started', 'w').close()\n"
        stay = "globals().get('stay', lambda: time.sleep(100))()"
        return await self._run(first, keep + stay)

    def _folders(self) -> list[Path]:
        folders = [self._folder / "one", self._folder / "two"]
        for folder in folders:
            folder.mkdir()
        listen(folders[0])
        return folders

    async def _run(self, sandbox: Sandbox, program: str) -> ExecResult:
        known = "".join(f"{name} = {value!r}\n" for name, value in self._known.items())
        source = (PRELUDE + known + program).encode()
        return await sandbox.exec(Command(argv=("python", "-"), stdin=source, timeout_s=20))


@each("raid", RAIDS)
async def test_works_without_protection(raid: Raid, tmp_path: Path) -> None:
    must_have(raid.needs)
    assert await Raided(raid, tmp_path).succeeds(BareProvider(folders=LocalFolders()))


@each("raid", RAIDS)
async def test_is_stopped(raid: Raid, provider: BubblewrapProvider, tmp_path: Path) -> None:
    assert not await Raided(raid, tmp_path).succeeds(provider)
