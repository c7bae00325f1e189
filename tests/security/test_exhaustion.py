"""Attacks by using too much of everything: each ends soon, and the next command runs as ever.

They are not shown to work without protection, since there they would take the machine down. They are known
to work by the limits that they run into.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import Command, ExecResult, SandboxLimits, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell
from tests.security.battery.cases import each
from tests.security.battery.prelude import PRELUDE

LIMITS = SandboxLimits(memory_mb=128, pids=40, disk_mb=20, files=500, open_files=64, cpu_s=2)
IGNORES_SIGNALS = "for n in range(1, 32):\n try: signal.signal(n, signal.SIG_IGN)\n except OSError: pass\n"
WITH_ALL_PROCESSES = "for _ in range(5): os.fork()\n"
"""Then 32 of them go on with the same."""

NEVER_ENDS = {
    "loops": "while True: pass",
    "sleeps": "time.sleep(1000)",
    "ignores signals": IGNORES_SIGNALS + "while True: pass",
    "blocks signals": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); signal.sigwait({40})",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "leaves a thread": "import threading; threading.Thread(target=lambda: time.sleep(1000)).start()",
    "becomes itself again and again": (
        "import sys; os.execv(sys.executable, ['python', '-c', 'import os, sys; "
        'os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], sys.argv[1]])\', '
        "'import os, sys; os.execv(sys.executable, [sys.executable, \"-c\", sys.argv[1], sys.argv[1]])'])"
    ),
    "waits for a child in its own memory": "libc.vfork() or libc.pause()",
    "waits for a fifo": "os.mkfifo('fifo'); open('fifo')",
    "waits for a lock": (
        "file = open('file', 'w'); fcntl.flock(file, fcntl.LOCK_EX); os.fork(); "
        "other = open('file'); fcntl.flock(other, fcntl.LOCK_EX)"
    ),
    "waits for a futex": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "traces itself": "if os.fork() == 0: libc.ptrace(0, 0, 0, 0); os.kill(os.getpid(), 19)\ntime.sleep(1000)",
    "catches its end": "import atexit; atexit.register(time.sleep, 1000)",
}
BOMBS = {
    "forks": "while True:\n try: os.fork()\n except OSError: pass",
    "forks sessions": "while True:\n try:\n  if os.fork() == 0: os.setsid()\n except OSError: pass",
    "forks and ends": "while True:\n try:\n  if os.fork(): os._exit(0)\n except OSError: pass",
    "threads": (
        "import threading\nwhile True:\n try: threading.Thread(target=time.sleep, args=(9,)).start()\n"
        " except RuntimeError: pass"
    ),
    "programs": "while True:\n try: subprocess.Popen(['sleep', '9'])\n except OSError: pass",
    "zombies": "while True:\n try:\n  if os.fork() == 0: os._exit(0)\n except OSError: pass",
}
FILLS_MEMORY = {
    "of its own": "data = []\nwhile True: data.append(bytearray(10_000_000))",
    "of many": WITH_ALL_PROCESSES + "data = []\nwhile True: data.append(bytearray(1_000_000))",
    "in /tmp": "file = open('/tmp/x', 'wb', 0)\nfor _ in range(400): file.write(bytes(1_000_000))",
    "in a memory file": "file = os.memfd_create('x')\nwhile True: os.write(file, bytes(1_000_000))",
    "in shared memory": "x = mmap.mmap(-1, 900_000_000)\nfor at in range(0, 900_000_000, 4096): x[at] = 1",
    "in /dev/shm": "for n in range(99):\n open(f'/dev/shm/{n}', 'wb').write(bytes(1_000_000))",
    "of System V": (
        "while True:\n at = libc.shmat(must(libc.shmget(0, 10_000_000, 0o1666)), None, 0)\n"
        " must(ctypes.memset(ctypes.c_void_p(at), 1, 10_000_000))"
    ),
    "of a file, privately": (
        "open('x', 'wb').write(bytes(9_000_000)); file = os.open('x', os.O_RDWR)\n"
        "maps = []\nwhile True:\n maps.append(mmap.mmap(file, 9_000_000, mmap.MAP_PRIVATE))\n"
        " for at in range(0, 9_000_000, 4096): maps[-1][at] = 1"
    ),
    "locked": "libc.mlockall(3); data = bytearray(b'x') * 500_000_000",
    "all at once": "data = bytearray(b'x') * 2_000_000_000",
}
FILLS_THE_KERNEL = {
    "pipes": (
        WITH_ALL_PROCESSES
        + "for _ in range(25):\n reader, writer = os.pipe(); os.set_blocking(writer, False)\n"
        " try: fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)\n except OSError: pass\n"
        " os.write(writer, bytes(1 << 20))\ntime.sleep(1)"
    ),
    "sockets": (
        WITH_ALL_PROCESSES + "pairs = [socket.socketpair() for _ in range(25)]\nfor one, other in pairs:\n"
        " one.setblocking(False)\n try:\n  while True: one.send(bytes(100_000))\n except OSError: pass\n"
        "time.sleep(1)"
    ),
    "terminals": WITH_ALL_PROCESSES + "pairs = [os.openpty() for _ in range(25)]",
    "timers": (
        "import threading\nwhile libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) == 0: pass"
    ),
    "watches": "while libc.inotify_init() >= 0: pass",
    "names in /tmp": "n = 0\nwhile True:\n n += 1\n open(f'/tmp/{n}', 'w').close()",
    "words of a program": "os.execv('/bin/true', ['x' * 100_000] * 100)",
    "mappings": (
        "flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS\nmaps = []\n"
        "while True: maps.append(mmap.mmap(-1, 4096, flags, 1 + len(maps) % 2))"
    ),
    "locks": "file = open('x', 'w')\nfor n in range(0, 60_000, 2): fcntl.lockf(file, fcntl.LOCK_EX, 1, n)",
}
FILLS_THE_DISK = {
    "many files": "for n in range(200): open(str(n), 'wb').write(bytes(1 << 20))",
    "folders that lie deeper and deeper": (
        "for n in range(200):\n os.mkdir('d'); os.chdir('d'); open('f', 'wb').write(bytes(1 << 20))"
    ),
    "locked folders": (
        "for n in range(200):\n"
        " os.mkdir(f'{n}'); open(f'{n}/f', 'wb').write(bytes(1 << 20)); os.chmod(f'{n}', 0)"
    ),
    "files that others are written over": (
        "for n in range(200):\n open('new', 'wb').write(bytes(1 << 20)); os.rename('new', str(n))"
    ),
    "reserved room": (
        "for n in range(20): os.posix_fallocate(os.open(str(n), os.O_RDWR | os.O_CREAT), 0, 10 << 20)"
    ),
    "empty files": "for n in range(5000): open(str(n), 'w').close()",
    "empty folders": "for n in range(5000): os.mkdir(str(n))",
    "links": "for n in range(5000): os.symlink('x', str(n))",
    "names of one file": "open('x', 'w').close()\nfor n in range(5000): os.link('x', str(n))",
    "fifos": "for n in range(5000): os.mkfifo(str(n))",
    "files without a name": (
        "held = []\nfor n in range(20):\n file = os.open('x', os.O_RDWR | os.O_CREAT)\n"
        " os.posix_fallocate(file, 0, 10 << 20); os.unlink('x'); held.append(file)"
    ),
    "files that never had a name": (
        "held = []\nfor n in range(20):\n file = os.open('.', os.O_RDWR | os.O_TMPFILE)\n"
        " os.posix_fallocate(file, 0, 10 << 20); held.append(file)"
    ),
}
LARGE_FILES = {
    "written": "open('big', 'wb').write(bytes(100_000_000))",
    "with holes": "os.truncate(os.open('big', os.O_RDWR | os.O_CREAT), 1 << 40)",
    "in the distance": "os.pwrite(os.open('big', os.O_RDWR | os.O_CREAT), b'x', 1 << 40)",
    "reserved": "os.posix_fallocate(os.open('big', os.O_RDWR | os.O_CREAT), 0, 1 << 30)",
    "copied": (
        "file = os.open('big', os.O_RDWR | os.O_CREAT); os.write(file, bytes(9 << 20))\n"
        "for n in range(9): must(os.copy_file_range(file, file, 9 << 20, 0, (n + 1) * (9 << 20)) or -1)"
    ),
}


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
    result = await python(sandbox, PRELUDE + program, timeout_s=timeout_s)
    assert time.monotonic() - started < timeout_s + 5
    return result


@each("program", NEVER_ENDS)
async def test_what_never_ends_is_ended(sandbox: Sandbox, program: str) -> None:
    result = await attacked(sandbox, program, timeout_s=0.4)
    assert (result.exit_code, result.timed_out) == (124, True), result


async def test_time_on_the_processor_is_bounded(provider: BubblewrapProvider, workspace: Path) -> None:
    limits = replace(LIMITS, cpu_s=1)
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=limits))
    result = await attacked(sandbox, IGNORES_SIGNALS + "while True: pass", timeout_s=20)
    await sandbox.close()
    assert (result.exit_code, result.timed_out) == (137, False)


async def test_waiting_for_input_meets_its_end(sandbox: Sandbox) -> None:
    result = await attacked(sandbox, "input()", timeout_s=30)
    assert (result.exit_code, result.timed_out) == (1, False)
    assert b"EOFError" in result.stderr


@each("program", BOMBS)
async def test_a_bomb_is_contained_and_ended(sandbox: Sandbox, program: str) -> None:
    result = await attacked(sandbox, program, timeout_s=0.7)
    assert result.exit_code in {0, 124, 137}  # 0 where the first one ends, and the rest with it


async def test_the_number_of_processes_is_bounded(sandbox: Sandbox) -> None:
    program = (
        "count = 0\ntry:\n for count in range(200):\n  if os.fork() == 0: time.sleep(100)\n"
        "except OSError: pass\nprint(count)"
    )
    result = await attacked(sandbox, program, timeout_s=30)
    assert result.exit_code == 137 or int(result.stdout) <= LIMITS.pids


@each("program", FILLS_MEMORY)
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


@each("program", FILLS_THE_KERNEL)
async def test_what_the_kernel_keeps_for_it_is_bounded_too(sandbox: Sandbox, program: str) -> None:
    result = await attacked(sandbox, program, timeout_s=4)
    one, other = os.openpty()
    os.close(one)
    os.close(other)
    print(result)
    assert result.duration_s < 8


@each("program", LARGE_FILES)
async def test_a_file_cannot_fill_the_disk(sandbox: Sandbox, workspace: Path, program: str) -> None:
    result = await attacked(sandbox, program, timeout_s=20)
    assert result.exit_code != 0
    assert (workspace / "big").stat().st_size <= LIMITS.disk_mb << 20


@each("program", FILLS_THE_DISK)
async def test_many_files_cannot_fill_the_disk_either(
    provider: BubblewrapProvider, workspace: Path, program: str
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=LIMITS))
    result = await attacked(sandbox, program + "\ntime.sleep(9)", timeout_s=3.5)
    await sandbox.close()
    assert (result.exit_code, result.out_of_disk, result.timed_out) == (137, True, False)


async def test_open_files_are_bounded(sandbox: Sandbox) -> None:
    result = await attacked(sandbox, "files = [open('/dev/null') for _ in range(1000)]", timeout_s=20)
    assert b"Too many open files" in result.stderr


async def test_a_flood_of_output_is_read_away(sandbox: Sandbox) -> None:
    flood = "yes > /dev/stderr & yes"
    result = await sandbox.exec(Command(argv=("sh", "-c", flood), timeout_s=1, max_output_bytes=1000))
    assert (len(result.stdout), result.stdout_truncated) == (1000, True)
    assert (len(result.stderr), result.stderr_truncated) == (1000, True)
    assert result.timed_out


async def test_a_thousand_orphans_are_taken_in(sandbox: Sandbox) -> None:
    program = (
        "for _ in range(1000):\n if os.fork() == 0:\n  os.fork(); os._exit(0)\n os.wait()\nprint('done')"
    )
    assert (await attacked(sandbox, program, timeout_s=30)).stdout == b"done\n"
