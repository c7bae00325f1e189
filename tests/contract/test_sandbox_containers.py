"""Sandboxes in containers keep the contracts too: by Podman, where the machine lets it run."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.containers.owners import Owner
from archon.adapters.sandbox.containers.provider import ContainerProvider
from archon.adapters.sandbox.containers.sandbox import ContainerSandbox
from archon.domain.egress import Destination
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, SandboxLimits, SandboxSpec
from archon.ports.sandbox import Network
from archon.testing.isolation_contract import IsolationContract
from archon.testing.sandbox_contract import (
    HOLD,
    NEVER_ENDING,
    heard,
    is_free,
    listen,
    python,
    shell,
)

OWNER = Path(__file__).with_name("container_owner.py")
SERVES = HOLD + (
    "import socket\n"
    "server = socket.create_server(('127.0.0.1', 8000))\n"
    "open('started', 'w').close()\n"
    "while True:\n"
    " stream, _ = server.accept()\n"
    " while data := stream.recv(65536):\n"
    "  stream.sendall(data.upper())\n"
    " stream.close()\n"
)
ASKS = (
    "import socket\n"
    "stream = socket.create_connection(('localhost', 8000))\n"
    "stream.sendall(b'in')\n"
    "print(stream.recv(9))"
)
AS_DOCKER = """#!/bin/sh
case "$1" in
  --version) echo "Docker version 28.2.2, build e6534b4" ;;
  info) echo '["name=seccomp,profile=builtin","name=cgroupns"]' ;;
  *) exec {podman} {options} "$@" ;;
esac
"""

pytestmark = pytest.mark.slow


@functools.cache
def missing() -> str:
    """Why there are no sandboxes by Podman on this machine, as its own probe says; empty when there are."""
    with tempfile.TemporaryDirectory(prefix="archon-podman-") as scratch:
        provider = ContainerProvider("podman", scratch=Path(scratch), folders=LocalFolders())
        try:
            asyncio.run(provider.probe())
        except SandboxUnavailable as error:
            return str(error)
    return ""


@pytest.fixture(scope="session", autouse=True)
def podman() -> None:
    if missing():
        pytest.skip(missing())


@pytest.fixture
def provider(tmp_path: Path) -> ContainerProvider:
    return ContainerProvider("podman", scratch=tmp_path / "scratch", folders=LocalFolders())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
async def sandbox(provider: ContainerProvider, workspace: Path) -> AsyncIterator[ContainerSandbox]:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.close()


def containers(owner: str) -> list[str]:
    """The names of all containers that a process made, whether they run or not."""
    argv = ["podman", "ps", "--all", "--filter", f"label=archon.owner={owner}", "--format", "{{.Names}}"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def started_owner(scratch: Path, workspace: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, OWNER, scratch, workspace])


class TestPodman(IsolationContract):
    @pytest.fixture
    def provider(self, provider: ContainerProvider) -> ContainerProvider:
        return provider


async def test_a_closed_sandbox_leaves_no_container_and_no_file(
    provider: ContainerProvider, workspace: Path, tmp_path: Path
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await shell(sandbox, "exit 3")
    await shell(sandbox, "while :; do :; done", timeout_s=0.5)
    during = containers(Owner.of(os.getpid()).label)
    await sandbox.close()
    assert [name.endswith("-sandbox") for name in during] == [True]
    assert containers(Owner.of(os.getpid()).label) == []
    assert [each.name for each in (tmp_path / "scratch").iterdir() if each.name not in {"etc", "users"}] == []


async def test_what_a_killed_process_left_is_removed_by_the_next_one(
    provider: ContainerProvider, workspace: Path, tmp_path: Path
) -> None:
    listen(workspace)
    owner = started_owner(tmp_path / "other", workspace)
    try:
        await heard(workspace)
        label = Owner.of(owner.pid).label
        await provider.probe()
        assert len(containers(label)) == 2, "what lives was swept"
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert not is_free(workspace)
    await ContainerProvider("podman", scratch=tmp_path / "new", folders=LocalFolders()).probe()
    assert containers(label) == []
    assert is_free(workspace)


async def test_memory_that_ran_out_is_told(provider: ContainerProvider, workspace: Path) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=SandboxLimits(memory_mb=100)))
    result = await sandbox.exec(Command(argv=("python", "-c", "data = b'x' * 400_000_000")))
    other = await shell(sandbox, "exit 1")
    await sandbox.close()
    assert result.out_of_memory or b"MemoryError" in result.stderr
    assert not other.out_of_memory


async def test_much_output_arrives_whole(sandbox: ContainerSandbox) -> None:
    command = Command(argv=("head", "-c", "900000", "/dev/zero"))
    results = await asyncio.gather(*(sandbox.exec(command) for _ in range(6)))
    assert [(len(result.stdout), result.stdout_truncated) for result in results] == [(900_000, False)] * 6


async def test_a_server_goes_on_beside_commands_and_is_reached_from_both_sides(
    sandbox: ContainerSandbox, workspace: Path
) -> None:
    listen(workspace)
    server = await sandbox.spawn(Command(argv=("python", "-c", SERVES)))
    await heard(workspace)
    assert (await python(sandbox, ASKS)).stdout == b"b'IN'\n"
    assert not is_free(workspace)

    loop = asyncio.get_running_loop()
    stream = await sandbox.dial(8000)
    sent = os.urandom(1_000_000).hex().encode()
    sending = asyncio.create_task(loop.sock_sendall(stream, sent))
    received = b""
    while len(received) < len(sent):
        received += await loop.sock_recv(stream, 1 << 16)
    await sending
    stream.close()
    assert received == sent.upper()

    stopped = await server.stop()
    assert (stopped.exit_code, stopped.out_of_memory, stopped.timed_out) == (137, False, False)
    assert await server.wait() == stopped
    assert is_free(workspace)
    with pytest.raises(ConnectionRefusedError):
        await sandbox.dial(8000)


async def test_a_server_ends_with_its_time_and_with_the_sandbox(
    sandbox: ContainerSandbox, workspace: Path
) -> None:
    short = await sandbox.spawn(Command(argv=("sleep", "1000"), timeout_s=0.5))
    assert (await short.wait()).timed_out
    listen(workspace)
    server = await sandbox.spawn(Command(argv=("python", "-c", NEVER_ENDING)))
    await heard(workspace)
    await sandbox.close()
    assert (await server.wait()).exit_code == 137
    assert is_free(workspace)


async def test_a_dialled_stream_ends_with_the_sandbox(sandbox: ContainerSandbox, workspace: Path) -> None:
    listen(workspace)
    await sandbox.spawn(Command(argv=("python", "-c", SERVES)))
    await heard(workspace)
    stream = await sandbox.dial(8000)
    await sandbox.close()
    assert await asyncio.get_running_loop().sock_recv(stream, 1) == b""
    stream.close()
    with pytest.raises(SandboxUnavailable):
        await sandbox.dial(8000)


async def test_a_list_of_destinations_is_refused_and_bubblewrap_named(sandbox: ContainerSandbox) -> None:
    network: Network = sandbox
    with pytest.raises(SandboxUnavailable, match="ARCHON_SANDBOX_PROVIDER=bubblewrap"):
        await network.allow([Destination("pypi.org", 443)])


async def test_folders_with_odd_names_are_mounted(provider: ContainerProvider, tmp_path: Path) -> None:
    workspace = tmp_path / 'a,b:c "d" ü'
    workspace.mkdir()
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    result = await shell(sandbox, "echo x > file; ls")
    await sandbox.close()
    assert (result.stdout, (workspace / "file").read_text()) == (b"file\n", "x\n")


async def test_of_the_machine_only_what_was_chosen_is_seen(sandbox: ContainerSandbox) -> None:
    names = await shell(sandbox, "hostname; cat /etc/hosts; ls -A /sys /home 2>/dev/null")
    groups = await shell(sandbox, "cut -d: -f3 /proc/self/cgroup")
    variables = await shell(sandbox, "env; cat /proc/1/environ")
    assert names.stdout == b"sandbox\n127.0.0.1 localhost sandbox\n::1 localhost\n/sys:\n"
    assert set(groups.stdout.split()) == {b"/"}
    assert b"container=" not in variables.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="Docker's daemon is root, and this Podman is not")
async def test_what_is_asked_of_docker_works_with_podman_too(workspace: Path, tmp_path: Path) -> None:
    """As far as there is no Docker to ask: the engines are called alike."""
    plain = ContainerProvider("podman", scratch=tmp_path / "scratch", folders=LocalFolders())
    await plain.probe()
    assert plain._engine is not None
    docker = tmp_path / "docker"
    podman, options = shutil.which("podman"), " ".join(plain._engine.client.options)
    docker.write_text(AS_DOCKER.format(podman=podman, options=options))
    docker.chmod(0o755)
    provider = ContainerProvider(
        "docker", scratch=tmp_path / "scratch", folders=LocalFolders(), program=str(docker)
    )
    assert (await provider.probe()).provider == "docker"
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    results = [await shell(sandbox, script) for script in ("exit 125", "exit 126", "kill -9 $$")]
    await sandbox.close()
    assert [result.exit_code for result in results] == [125, 126, 137]
