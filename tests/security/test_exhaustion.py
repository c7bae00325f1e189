"""Attacks by using too much of everything: each ends soon, and the next command runs as ever."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import Command, ExecResult, SandboxLimits, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell

LIMITS = SandboxLimits(memory_mb=128, pids=40, disk_mb=20, open_files=64)


@pytest.fixture
async def sandbox(provider: BubblewrapProvider, workspace: Path) -> AsyncIterator[Sandbox]:
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=LIMITS))
    yield sandbox
    started = time.monotonic()
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"
    assert time.monotonic() - started < 5
    await sandbox.close()


async def attacked(sandbox: Sandbox, program: str, *, timeout_s: float = 2) -> ExecResult:
    started = time.monotonic()
    result = await python(sandbox, program, timeout_s=timeout_s)
    assert time.monotonic() - started < timeout_s + 5
    return result


@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import signal\nfor n in range(1, 32):\n try: signal.signal(n, signal.SIG_IGN)\n"
        " except OSError: pass\nwhile True: pass",
        "import os; os.kill(os.getpid(), 19)",
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(1000)).start()",
    ],
    ids=["loop", "ignores signals", "stops itself", "a thread that stays"],
)
async def test_what_never_ends_is_ended(sandbox: Sandbox, program: str) -> None:
    result = await attacked(sandbox, program, timeout_s=1)
    assert (result.exit_code, result.timed_out) == (124, True)


async def test_waiting_for_input_meets_its_end(sandbox: Sandbox) -> None:
    result = await attacked(sandbox, "input()", timeout_s=30)
    assert (result.exit_code, result.timed_out) == (1, False)
    assert b"EOFError" in result.stderr


@pytest.mark.parametrize(
    "program",
    [
        "import os\nwhile True:\n try: os.fork()\n except OSError: pass",
        "import os\nwhile True:\n try:\n  if os.fork() == 0: os.setsid()\n except OSError: pass",
    ],
    ids=["forks", "forks sessions"],
)
async def test_a_fork_bomb_is_contained_and_ended(sandbox: Sandbox, program: str) -> None:
    result = await attacked(sandbox, program)
    assert result.exit_code in {124, 137}


async def test_the_number_of_processes_is_bounded(sandbox: Sandbox) -> None:
    program = (
        "import os, time\ncount = 0\ntry:\n for count in range(200):\n  if os.fork() == 0: time.sleep(100)\n"
        "except OSError: pass\nprint(count)"
    )
    result = await attacked(sandbox, program, timeout_s=30)
    assert result.exit_code == 137 or int(result.stdout) <= LIMITS.pids


@pytest.mark.parametrize(
    "program",
    [
        "data = []\nwhile True: data.append(bytearray(10_000_000))",
        "import os\nfor _ in range(8): os.fork()\ndata = []\nwhile True: data.append(bytearray(1_000_000))",
        "file = open('/tmp/x', 'wb', 0)\nfor _ in range(400): file.write(bytes(1_000_000))",
        "import os\nfile = open(os.memfd_create('x'), 'wb', 0)\nwhile True: file.write(bytes(1_000_000))",
        "import mmap\nx = mmap.mmap(-1, 900_000_000)\nfor at in range(0, 900_000_000, 4096): x[at] = 1",
    ],
    ids=["one", "many", "in tmp", "in a memory file", "shared"],
)
async def test_memory_runs_out_inside_and_not_outside(sandbox: Sandbox, program: str) -> None:
    result = await attacked(sandbox, program, timeout_s=20)
    assert result.exit_code not in {0, 124}


async def test_hiding_from_the_kernels_killer_ends_at_the_latest_with_the_time(sandbox: Sandbox) -> None:
    """Where Archon is protected from that killer and may not give the protection up, nor may the program."""
    hiding = "try: open('/proc/self/oom_score_adj', 'w').write('-1000')\nexcept OSError: pass\n"
    result = await attacked(sandbox, hiding + "data = bytearray(b'x') * 900_000_000", timeout_s=3)
    assert result.exit_code != 0


async def test_a_kill_for_want_of_memory_is_told(sandbox: Sandbox) -> None:
    result = await attacked(sandbox, "x = bytearray(b'x') * 500_000_000", timeout_s=20)
    assert result.out_of_memory or b"MemoryError" in result.stderr


async def test_a_file_cannot_fill_the_disk(sandbox: Sandbox, workspace: Path) -> None:
    result = await attacked(sandbox, "open('big', 'wb').write(bytes(100_000_000))", timeout_s=20)
    assert result.exit_code != 0
    assert (workspace / "big").stat().st_size <= LIMITS.disk_mb << 20


async def test_open_files_are_bounded(sandbox: Sandbox) -> None:
    result = await attacked(sandbox, "files = [open('/dev/null') for _ in range(1000)]", timeout_s=20)
    assert b"Too many open files" in result.stderr


async def test_a_flood_of_output_is_read_away(sandbox: Sandbox) -> None:
    flood = "yes > /dev/stderr & yes"
    result = await sandbox.exec(Command(argv=("sh", "-c", flood), timeout_s=1, max_output_bytes=1000))
    assert (len(result.stdout), result.stdout_truncated) == (1000, True)
    assert (len(result.stderr), result.stderr_truncated) == (1000, True)
    assert result.timed_out


@pytest.mark.parametrize(
    "program",
    [
        "for n in range(200):\n open(str(n), 'wb').write(bytes(1 << 20))\nimport time; time.sleep(9)",
        "import os\nfor n in range(200):\n os.mkdir('d'); os.chdir('d')\n"
        " open('f', 'wb').write(bytes(1 << 20))\nimport time; time.sleep(9)",
    ],
    ids=["many files", "in folders that lie deeper and deeper"],
)
async def test_many_files_cannot_fill_the_disk_either(
    provider: BubblewrapProvider, workspace: Path, program: str
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=LIMITS))
    result = await attacked(sandbox, program, timeout_s=8)
    await sandbox.close()
    assert (result.exit_code, result.out_of_disk, result.timed_out) == (137, True, False)
