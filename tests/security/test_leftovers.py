"""Attacks by staying: what a command starts is gone with it, and so is what a killed Archon leaves."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox import groups
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.marks import own_mark
from archon.adapters.sandbox.tree import children
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import HOLD, NEVER_ENDING, heard, is_free, listen, python, shell
from tests.security.battery.cases import each

STAYING = {
    "a child": "import subprocess\nsubprocess.Popen(['sleep', '1000'], pass_fds=[file.fileno()])",
    "a session of its own": (
        "import subprocess\n"
        "subprocess.Popen(['sleep', '1000'], pass_fds=[file.fileno()], start_new_session=True)"
    ),
    "a double fork": "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(1000)\n os._exit(0)",
    "one that ignores all signals": (
        "import signal\nif os.fork() == 0:\n for n in range(1, 32):\n"
        "  try: signal.signal(n, signal.SIG_IGN)\n  except OSError: pass\n time.sleep(1000)"
    ),
    "one that lets go of its output": (
        "if os.fork() == 0:\n os.setsid(); os.closerange(0, 3)\n if os.fork() == 0: time.sleep(1000)"
    ),
    "one that hides its name": (
        "if os.fork() == 0: open('/proc/self/comm', 'w').write('kthreadd'); time.sleep(1000)"
    ),
    "one that waits for the end": "import atexit\natexit.register(lambda: os.fork() or time.sleep(1000))",
    "one in the background of a shell": "os.system('nohup sleep 1000 >/dev/null 2>&1 &')",
    "one that answers signals by forking": (
        "import signal\nif os.fork() == 0:\n"
        " for n in range(1, 32):\n"
        "  try: signal.signal(n, lambda *_: os.fork())\n"
        "  except OSError: pass\n"
        " while True: time.sleep(1000)"
    ),
    "ones that trace each other": (
        "import ctypes\nif os.fork() == 0:\n os.fork()\n"
        " ctypes.CDLL(None).ptrace(0, 0, 0, 0); time.sleep(1000)"
    ),
    "a stopped one": "import signal\nif os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)",
    "ones that follow each other": (
        "if os.fork() == 0:\n while True:\n  if os.fork(): os._exit(0)\n  time.sleep(0.001)"
    ),
}
HOST = """
import asyncio, sys
from pathlib import Path
from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.tree import children
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, SandboxSpec

async def main(workspace, program):
    provider = BubblewrapProvider(scratch=workspace.parent / "scratch", folders=LocalFolders())
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await sandbox.exec(Command(argv=("python", "-c", program), timeout_s=1000))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@each("program", STAYING)
async def test_nothing_outlives_its_command(program: str, sandbox: Sandbox, workspace: Path) -> None:
    result = await python(sandbox, HOLD + program, timeout_s=30)
    assert (result.exit_code, result.timed_out) == (0, False)
    assert is_free(workspace)


@each("program", {name: STAYING[name] for name in ("a double fork", "one that answers signals by forking")})
@pytest.mark.parametrize("ending", ["time-out", "cancel", "close"])
async def test_nothing_outlives_a_command_that_is_ended(
    ending: str, program: str, sandbox: Sandbox, workspace: Path
) -> None:
    listen(workspace)
    staying = f"{HOLD}{program}\nopen('started', 'w').close()\ntime.sleep(1000)"
    running = asyncio.create_task(python(sandbox, staying, timeout_s=1 if ending == "time-out" else 600))
    await heard(workspace)
    if ending == "cancel":
        running.cancel()
    elif ending == "close":
        await sandbox.close()
    await asyncio.wait({running})
    assert is_free(workspace)


async def test_a_killed_watcher_outside_leaves_nothing_inside(sandbox: Sandbox, workspace: Path) -> None:
    listen(workspace)
    before = set(children(os.getpid()))
    running = asyncio.create_task(python(sandbox, NEVER_ENDING))
    await heard(workspace)
    (watcher,) = set(children(os.getpid())) - before
    os.kill(watcher, signal.SIGKILL)
    with pytest.raises(SandboxUnavailable):
        await running
    assert is_free(workspace)
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_the_host_is_left_with_no_process_thread_or_file(
    provider: BubblewrapProvider, workspace: Path
) -> None:
    await provider.probe()
    before = _of_this_process()
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    for script in ("true", "exit 3", "sleep 1000 &", "kill -9 $$", "touch /tmp/left", "yes"):
        await shell(sandbox, script, timeout_s=0.5)
    await sandbox.close()
    assert _of_this_process() == before


async def test_a_closed_sandbox_leaves_no_group_mount_or_file(
    provider: BubblewrapProvider, workspace: Path, tmp_path: Path
) -> None:
    await provider.probe()
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    during = _groups_of(os.getpid())
    await shell(sandbox, "true")
    await sandbox.close()
    assert (len(during) > 0) == (groups.find() is not None)
    assert _groups_of(os.getpid()) == set()
    assert [line for line in _mounts() if str(tmp_path) in line or "newroot" in line] == []
    assert {each.name for each in (tmp_path / "scratch").iterdir()} <= {"etc", "users"}


async def test_what_a_killed_archon_ran_dies_with_it_and_is_swept(workspace: Path, tmp_path: Path) -> None:
    listen(workspace)
    with subprocess.Popen([sys.executable, "-c", HOST, workspace, NEVER_ENDING]) as host:  # noqa: ASYNC220
        await heard(workspace)
        left = _groups_of(host.pid)
        host.kill()
    await asyncio.to_thread(_wait_until_free, workspace)
    assert _groups_of(host.pid) == left
    for name in (f"probe-{host.pid}-1-x", f"probe-{own_mark()}-y"):
        (tmp_path / "scratch" / name).mkdir()
    next_one = BubblewrapProvider(scratch=tmp_path / "scratch", folders=LocalFolders())
    await next_one.probe()
    assert _groups_of(host.pid) == set()
    assert [each.name for each in (tmp_path / "scratch").glob("probe-*")] == [f"probe-{own_mark()}-y"]


def _of_this_process() -> object:
    files = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    threads = [thread.name for thread in threading.enumerate() if "asyncio" not in thread.name]
    return files, threads, children(os.getpid())


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines()


def _groups_of(pid: int) -> set[Path]:
    return set(Path("/sys/fs/cgroup").rglob(f"archon-{pid}-*"))


def _wait_until_free(workspace: Path) -> None:
    with (workspace / "held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
