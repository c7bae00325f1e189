"""Attacks on what lies outside of a sandbox, each proven on a target that it made itself.

An attack prints the token when it got at something. The same program runs first without protection,
where it must succeed, and then in the sandbox, where it must not.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from archon.domain.execution import Command
from archon.ports.sandbox import Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Everything on this machine that an attack may go for."""

    token: str
    canary: Path
    shared_memory: Path
    victim: subprocess.Popen[bytes]
    port: int
    socket_path: Path
    abstract: str

    @property
    def is_harmed(self) -> bool:
        is_dead = self.victim.poll() is not None
        return is_dead or not self.canary.exists() or self.canary.read_text() != self.token


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    token = secrets.token_hex(16)
    canary = tmp_path / "home" / "canary"
    canary.parent.mkdir()
    canary.write_text(token)
    shared_memory = Path("/dev/shm") / f"archon-canary-{token[:8]}"
    shared_memory.write_text(token)
    sleeper = [sys.executable, "-c", "input()", token]
    abstract = f"\0archon-{token[:8]}"
    with (
        subprocess.Popen(sleeper, stdin=subprocess.PIPE, env={"SECRET": token}) as victim,
        _telling(socket.AF_INET, ("127.0.0.1", 0), token) as tcp,
        _telling(socket.AF_UNIX, os.path.relpath(tmp_path / "socket"), token),
        _telling(socket.AF_UNIX, abstract, token),
    ):
        yield Target(
            token=token,
            canary=canary,
            shared_memory=shared_memory,
            victim=victim,
            port=tcp.getsockname()[1],
            socket_path=tmp_path / "socket",
            abstract=abstract,
        )
        victim.kill()
    shared_memory.unlink(missing_ok=True)


@contextmanager
def _telling(family: socket.AddressFamily, address: object, token: str) -> Iterator[socket.socket]:
    """A server that tells the token to whoever connects."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(token.encode())

    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)  # type: ignore[arg-type]
        server.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


READ_PROC = """
import glob
for file in glob.glob('/proc/[0-9]*/' + KIND):
    try: print(open(file, errors='replace').read())
    except OSError: pass
"""
ATTACKS = {
    "read a file of the host": "print(open(CANARY).read())",
    "read it by a path that leads up": "import os; print(open(os.path.relpath(CANARY, HERE)).read())",
    "read it through a link": "import os; os.symlink(CANARY, 'link'); print(open('link').read())",
    "read it through the root of a process": READ_PROC.replace("KIND", "'root' + CANARY"),
    "list the folder that it lies in": (
        "import os; print(TOKEN if os.listdir(os.path.dirname(CANARY)) else '')"
    ),
    "read the environment of every process": READ_PROC.replace("KIND", "'environ'"),
    "read the command line of every process": READ_PROC.replace("KIND", "'cmdline'"),
    "see a process of the host": "import os; os.stat(f'/proc/{VICTIM}'); print(TOKEN)",
    "read shared memory of the host": "print(open(SHARED).read())",
    "connect to a port of the host": (
        "import socket; print(socket.create_connection(('127.0.0.1', PORT), 2).recv(99).decode())"
    ),
    "connect to a socket in a folder of the host": (
        "import os, socket; s = socket.socket(socket.AF_UNIX); s.connect(os.path.relpath(SOCKET, HERE)); "
        "print(s.recv(99).decode())"
    ),
    "connect to an abstract socket of the host": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(ABSTRACT); print(s.recv(99).decode())"
    ),
    "write a file of the host": "open(CANARY, 'w').write('harmed')",
    "write it through a link": "import os; os.symlink(CANARY, 'link'); open('link', 'w').write('harmed')",
    "write it through a hard link": "import os; os.link(CANARY, 'hard'); open('hard', 'w').write('harmed')",
    "remove a file of the host": "import os; os.unlink(CANARY)",
    "remove everything above the workspace": (
        "import os, shutil; shutil.rmtree(os.path.relpath(os.path.dirname(CANARY), HERE))"
    ),
    "kill a process of the host": "import os; os.kill(VICTIM, 9)",
}


def armed(attack: str, target: Target, workspace: Path) -> Command:
    """The attack with all that an attacker could know."""
    known = {
        "CANARY": str(target.canary),
        "HERE": str(workspace),
        "TOKEN": target.token,
        "VICTIM": target.victim.pid,
        "SHARED": str(target.shared_memory),
        "PORT": target.port,
        "SOCKET": str(target.socket_path),
        "ABSTRACT": target.abstract,
    }
    program = "".join(f"{name} = {value!r}\n" for name, value in known.items()) + attack
    return Command(argv=("python", "-"), stdin=program.encode())


async def succeeds(attack: str, target: Target, sandbox: Sandbox, workspace: Path) -> bool:
    result = await sandbox.exec(armed(attack, target, workspace))
    if target.victim.returncode is None and "os.kill" in attack and result.exit_code == 0:
        target.victim.wait(10)
    return target.token.encode() in result.stdout or target.is_harmed


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
async def test_works_without_protection(attack: str, target: Target, bare: Sandbox, workspace: Path) -> None:
    assert await succeeds(attack, target, bare, workspace)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
async def test_is_stopped(attack: str, target: Target, sandbox: Sandbox, workspace: Path) -> None:
    assert not await succeeds(attack, target, sandbox, workspace)
