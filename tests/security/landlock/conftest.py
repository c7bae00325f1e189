"""A sandbox without namespaces, and canaries that belong to its user."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.domain.execution import SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import shell
from tests.builders.landlock import becoming, landlock_provider, open_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture
def provider(tmp_path: Path) -> LandlockProvider:
    return landlock_provider(tmp_path / "scratch")


@pytest.fixture
async def sandbox(provider: LandlockProvider, workspace: Path) -> AsyncIterator[Sandbox]:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def user(sandbox: Sandbox) -> int:
    """The one that the sandbox has."""
    return int((await shell(sandbox, "id -u")).stdout)


@pytest.fixture
def folder(tmp_path: Path, user: int) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    (folder / "canary").write_text("secret")
    (folder / "program").write_text("#!/bin/sh\n")
    (folder / "program").chmod(0o755)
    for each in (folder, folder / "canary"):
        os.chown(each, user, user)
    return folder


@pytest.fixture
def process(user: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [*becoming(user), "sh", "-c", "echo up; exec sleep 1000"]
    env = {"SECRET": "secret", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        argv, env=env, stdout=subprocess.PIPE, cwd=folder, start_new_session=True
    ) as started:
        assert started.stdout is not None
        started.stdout.readline()
        yield started
        started.kill()


@pytest.fixture
def places(folder: Path, process: subprocess.Popen[bytes], user: int) -> Iterator[tuple[str, ...]]:
    """What the programs of the attacks are told."""
    name = f"archon-{os.getpid()}"
    with ExitStack() as stack:
        for kind, path in ((socket.SOCK_STREAM, "stream"), (socket.SOCK_DGRAM, "packets")):
            _bound(stack, socket.AF_UNIX, kind, str(folder / path))
            (folder / path).chmod(0o777)
        _bound(stack, socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}")
        tcp, udp = (
            str(_bound(stack, socket.AF_INET, kind, ("127.0.0.1", 0)).getsockname()[1])
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        )
        memory = _shared_memory(stack)
        _queue(stack, name)
        yield str(folder), str(process.pid), name, tcp, udp, str(memory), f"/{name}"


def _bound(stack: ExitStack, family: int, kind: int, address: str | tuple[str, int]) -> socket.socket:
    there = stack.enter_context(socket.socket(family, kind))
    there.bind(address)
    if kind == socket.SOCK_STREAM:
        there.listen()
    return there


def _shared_memory(stack: ExitStack) -> int:
    """A segment of System V's that everybody may attach."""
    library = ctypes.CDLL(None)
    segment: int = library.shmget(0, 4096, 0o1666)
    assert segment >= 0
    stack.callback(library.shmctl, segment, 0, None)
    return segment


def _queue(stack: ExitStack, name: str) -> None:
    """A queue and a piece of memory of POSIX's that everybody may open."""
    library = ctypes.CDLL(None)
    smallest = struct.pack("=8q", 0, 1, 16, *[0] * 5)
    queue = library.mq_open(f"/{name}".encode(), os.O_CREAT | os.O_RDWR, 0o666, smallest)
    assert queue >= 0
    os.close(queue)
    stack.callback(library.mq_unlink, f"/{name}".encode())
    memory = Path("/dev/shm") / name
    memory.write_text("secret")
    memory.chmod(0o666)
    stack.callback(memory.unlink)
