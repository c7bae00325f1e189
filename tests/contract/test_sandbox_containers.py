"""Sandboxes in containers keep the contracts too: by Podman, where the machine lets it run."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.containers.image import packed
from archon.adapters.sandbox.containers.owners import sweep
from archon.adapters.sandbox.containers.provider import ContainerProvider
from archon.adapters.sandbox.containers.root import Root
from archon.adapters.sandbox.containers.sandbox import ContainerSandbox
from archon.adapters.sandbox.marks import mark_of, own_mark
from archon.adapters.sandbox.toolchains.prepared import Toolchains
from archon.adapters.sandbox.toolchains.values import Run
from archon.domain.egress import Destination
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, SandboxLimits, SandboxSpec
from archon.ports.sandbox import Network
from archon.testing.isolation_contract import IsolationContract
from archon.testing.network_contract import NetworkContract
from archon.testing.sandbox_contract import (
    HOLD,
    heard,
    is_free,
    listen,
    shell,
)
from tests.builders.recipes import SmallRecipe

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
TELLING = ("kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecount", "kpageflags", "timer_list")
AS_DOCKER = """#!/bin/sh
case "$1" in
  --version) echo "Docker version 28.2.2, build e6534b4" ;;
  info) echo '["name=seccomp,profile=builtin","name=cgroupns"]' ;;
  run) shift; exec {podman} {options} run --hostname=sandbox "$@" ;;
  *) exec {podman} {options} "$@" ;;
esac
"""
"""Docker takes a host name over with a network, Podman does not."""

pytestmark = pytest.mark.slow


def runs_plain_containers() -> bool:
    """Whether this machine lets Podman run a container at all, with nothing of ours asked for."""
    name = f"localhost/archon-test-plain-{os.getpid()}"
    image = packed(Root(links={f"/{each}": f"usr/{each}" for each in ("bin", "lib", "lib64")}))
    podman("import", "-", name, stdin=image)
    runtimes = [[], *([f"--runtime={path}"] for path in filter(None, map(shutil.which, ("crun", "runc"))))]
    # Where nobody may raise a limit, the engine's own would be too much.
    limits = ("--ulimit=nofile=256:256", "--ulimit=nproc=256:256")
    argv = ("run", "--rm", "--network=none", *limits, "--volume=/usr:/usr:ro", name, "/bin/true")
    works = any(podman(*runtime, *argv).returncode == 0 for runtime in runtimes)
    podman("rmi", name)
    return works


def is_new_enough() -> bool:
    numbers = re.findall(rb"\d+", podman("--version").stdout)
    return tuple(map(int, numbers[:2])) >= (4, 3)


def podman(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["podman", *words], input=stdin, capture_output=True, check=False)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="session")
def provider(scratch: Path) -> ContainerProvider:
    """One for all tests: it looks at the machine only once, which takes a second.

    Where Podman is old, or cannot run anything at all, that is the machine's affair; else it is ours.
    """
    if not shutil.which("podman"):
        pytest.skip("Podman is not installed")
    provider = ContainerProvider("podman", scratch=scratch, folders=LocalFolders())
    try:
        asyncio.run(provider.probe())
    except SandboxUnavailable as error:
        if is_new_enough() and runs_plain_containers():
            raise
        pytest.skip(str(error))
    return provider


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
    listed = podman("ps", "--all", "--filter", f"label=archon.owner={owner}", "--format", "{{.Names}}")
    return listed.stdout.decode().split()


def started_owner(scratch: Path, workspace: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, OWNER, scratch, workspace])


class TestPodman(IsolationContract):
    pass


class TestPodmanServes(NetworkContract):
    pass


async def test_a_closed_sandbox_leaves_no_container_and_no_file(
    provider: ContainerProvider, workspace: Path, scratch: Path
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await shell(sandbox, "exit 3")
    await shell(sandbox, "while :; do :; done", timeout_s=0.5)
    during = containers(own_mark())
    await sandbox.close()
    assert [name.endswith("-sandbox") for name in during].count(True) == 1
    assert containers(own_mark()) == []
    assert set(os.listdir(scratch)) <= {"etc", "users"}  # noqa: PTH208 - a look, not a walk


async def test_what_a_killed_process_left_is_removed_by_the_next_one(
    provider: ContainerProvider, workspace: Path, tmp_path: Path
) -> None:
    assert provider._engine is not None
    listen(workspace)
    owner = started_owner(tmp_path / "other", workspace)
    try:
        await heard(workspace)
        mark = mark_of(owner.pid)
        await sweep(provider._engine.client)
        assert len(containers(mark)) == 2, "what lives was swept"
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert not is_free(workspace)
    await ContainerProvider("podman", scratch=tmp_path / "new", folders=LocalFolders()).probe()
    assert containers(mark) == []
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


async def test_a_dialled_stream_carries_much_both_ways_at_once(
    sandbox: ContainerSandbox, workspace: Path
) -> None:
    listen(workspace)
    await sandbox.spawn(Command(argv=("python", "-c", SERVES)))
    await heard(workspace)
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


async def test_what_tells_of_the_machine_is_empty_or_not_there(sandbox: ContainerSandbox) -> None:
    places = " ".join(f"/proc/{name}" for name in TELLING)
    result = await shell(sandbox, f"cat {places}; for place in {places}; do echo > $place; done")
    assert result.stdout == b""


async def test_prepared_toolchains_are_shown(workspace: Path, tmp_path: Path, scratch: Path) -> None:
    def fill(folder: Path, run: Run) -> None:
        (folder / "bin").mkdir()
        (folder / "bin" / "python").write_text("#!/bin/sh\necho own $SMALL\n")
        (folder / "bin" / "python").chmod(0o755)

    toolchains = Toolchains(tmp_path / "toolchains", recipes=[SmallRecipe(fill)])
    toolchains.prepare("small", print)
    provider = ContainerProvider("podman", scratch=scratch, folders=LocalFolders(), toolchains=toolchains)
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    result = await shell(sandbox, "python; touch /opt/toolchains/small/new")
    await sandbox.close()
    toolchains.close()
    assert (result.exit_code, result.stdout) == (1, b"own 1\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="Docker's daemon is root, and this Podman is not")
async def test_what_is_asked_of_docker_works_with_podman_too(
    provider: ContainerProvider, workspace: Path, tmp_path: Path
) -> None:
    """As far as there is no Docker to ask: the engines are called alike."""
    assert provider._engine is not None
    docker = tmp_path / "docker"
    client = provider._engine.client
    docker.write_text(AS_DOCKER.format(podman=client.path, options=" ".join(client.options)))
    docker.chmod(0o755)
    called = ContainerProvider(
        "docker", scratch=tmp_path / "scratch", folders=LocalFolders(), program=str(docker)
    )
    assert (await called.probe()).provider == "docker"
    sandbox = await called.create(SandboxSpec(workspace=workspace))
    results = [await shell(sandbox, script) for script in ("exit 125", "exit 126", "kill -9 $$")]
    await sandbox.close()
    assert [result.exit_code for result in results] == [125, 126, 137]
