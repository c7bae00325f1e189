"""What a sandbox does with servers inside it. Subclass it and give it a provider."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Command, SandboxLimits, SandboxSpec
from archon.ports.sandbox import Network, Sandbox, Server
from archon.testing.sandbox_contract import HOLD, heard, is_free, listen, python, shell

SERVES = (
    "import http.server, os, socketserver, sys\n"
    "class Hello(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        self.send_response(200); self.end_headers()\n"
    "        self.wfile.write(b'hello from ' + self.path.encode())\n"
    "    def log_message(self, *_): pass\n"
    "socketserver.TCPServer.allow_reuse_address = True\n"
    "server = http.server.ThreadingHTTPServer(('127.0.0.1', 8000), Hello)\n"
    "print('up', flush=True); open('started', 'w').close(); server.serve_forever()"
)
"""A program that serves on port 8000, and says so in the workspace."""
STAYS = (
    "\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n  import time; time.sleep(1000)\n os._exit(0)\n"
)
FETCHES = (
    "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8000/inside').read().decode())"
)


class NetworkSandbox(Sandbox, Network, Protocol):
    """One that can also serve and reach."""


class NetworkProvider(Protocol):
    async def create(self, spec: SandboxSpec) -> NetworkSandbox: ...


async def serving(sandbox: Network, workspace: Path, program: str = SERVES) -> Server:
    """Start a program and wait until it has opened the fifo `started`."""
    listen(workspace)
    server = await sandbox.spawn(Command(argv=("python", "-c", program), timeout_s=100))
    await heard(workspace)
    return server


async def fetched(sandbox: Network, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(sock=await sandbox.dial(8000))
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n\r\n")[2]


class NetworkContract:
    """Needs a `provider` fixture."""

    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Path:
        (tmp_path / "workspace").mkdir()
        return tmp_path / "workspace"

    @pytest.fixture
    async def sandbox(self, provider: NetworkProvider, workspace: Path) -> AsyncIterator[NetworkSandbox]:
        sandbox = await provider.create(SandboxSpec(workspace=workspace))
        yield sandbox
        await sandbox.close()

    async def test_a_server_is_reached_from_outside_and_inside_and_by_nobody_else(
        self, sandbox: NetworkSandbox, workspace: Path
    ) -> None:
        await serving(sandbox, workspace)
        answers = await asyncio.gather(*(fetched(sandbox, f"/{number}") for number in range(5)))
        inside = await python(sandbox, FETCHES)
        with socket.socket() as host, pytest.raises(ConnectionRefusedError):
            host.connect(("127.0.0.1", 8000))
        assert answers == [f"hello from /{number}".encode() for number in range(5)]
        assert inside.stdout == b"hello from /inside\n"

    async def test_commands_come_and_go_beside_it_and_leave_nothing(
        self, sandbox: NetworkSandbox, workspace: Path
    ) -> None:
        await serving(sandbox, workspace)
        left = await python(sandbox, HOLD + STAYS + "print('left')")
        assert left.stdout == b"left\n"
        assert is_free(workspace)
        assert (await shell(sandbox, "kill -9 $PPID; exit 3")).exit_code == 3
        assert (await shell(sandbox, "sleep 1000", timeout_s=0.5)).timed_out
        assert await fetched(sandbox, "/still") == b"hello from /still"

    async def test_stopping_it_ends_all_that_it_started(
        self, sandbox: NetworkSandbox, workspace: Path
    ) -> None:
        server = await serving(sandbox, workspace, HOLD + STAYS + SERVES)
        result = await server.stop()
        assert (result.exit_code, result.stdout, result.timed_out) == (137, b"up\n", False)
        assert is_free(workspace)
        assert await server.wait() == result
        with pytest.raises(ConnectionRefusedError):
            await sandbox.dial(8000)
        assert (await shell(sandbox, "echo on")).stdout == b"on\n"

    async def test_one_that_ends_by_itself_says_how(self, sandbox: NetworkSandbox, workspace: Path) -> None:
        server = await sandbox.spawn(Command(argv=("sh", "-c", "echo no; echo port >&2; exit 4")))
        result = await server.wait()
        assert (result.exit_code, result.stdout, result.stderr) == (4, b"no\n", b"port\n")
        assert (await (await sandbox.spawn(Command(argv=("no-such-server",)))).wait()).exit_code == 127

    async def test_its_time_ends(self, sandbox: NetworkSandbox) -> None:
        server = await sandbox.spawn(Command(argv=("sleep", "1000"), timeout_s=0.3))
        result = await server.wait()
        assert (result.exit_code, result.timed_out) == (124, True)

    async def test_it_cannot_fill_the_disk(self, provider: NetworkProvider, workspace: Path) -> None:
        sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=SandboxLimits(disk_mb=10)))
        fills = (
            "for each in range(40): open(str(each), 'wb').write(bytes(1 << 20))\nimport time; time.sleep(60)"
        )
        server = await sandbox.spawn(Command(argv=("python", "-c", fills)))
        result = await server.wait()
        await sandbox.close()
        assert (result.exit_code, result.out_of_disk, result.timed_out) == (137, True, False)

    async def test_two_servers_end_apart(self, sandbox: NetworkSandbox, workspace: Path) -> None:
        other = await sandbox.spawn(Command(argv=("sleep", "1000")))
        await serving(sandbox, workspace)
        await other.stop()
        assert await fetched(sandbox, "/still") == b"hello from /still"

    async def test_closing_ends_it(self, provider: NetworkProvider, workspace: Path) -> None:
        sandbox = await provider.create(SandboxSpec(workspace=workspace))
        server = await serving(sandbox, workspace, HOLD + SERVES)
        await sandbox.close()
        assert (await server.wait()).exit_code == 137
        assert is_free(workspace)
        for late in (sandbox.spawn(Command(argv=("true",))), sandbox.dial(8000)):
            with pytest.raises(SandboxUnavailable):
                await late

    @pytest.mark.parametrize("port", [0, -1, 65536])
    async def test_what_is_no_port_is_refused(self, sandbox: NetworkSandbox, port: int) -> None:
        with pytest.raises(InvalidInput):
            await sandbox.dial(port)
