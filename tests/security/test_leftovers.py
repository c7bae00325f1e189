"""Attacks by staying: what a command starts is gone with it, and so is what a killed Archon leaves."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
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


@pytest.mark.parametrize("program", STAYING.values(), ids=STAYING.keys())
async def test_nothing_outlives_its_command(program: str, sandbox: Sandbox, workspace: Path) -> None:
    result = await python(sandbox, HOLD + program, timeout_s=30)
    assert (result.exit_code, result.timed_out) == (0, False)
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


async def test_what_one_command_left_in_tmp_the_next_does_not_see(sandbox: Sandbox) -> None:
    await shell(sandbox, "echo secret > /tmp/left; echo secret > /dev/shm/left")
    assert (await shell(sandbox, "ls -A /tmp /dev/shm")).stdout == b"/dev/shm:\n\n/tmp:\n"


async def test_two_sandboxes_do_not_see_each_other(provider: BubblewrapProvider, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    first, second = [await provider.create(SandboxSpec(workspace=folder)) for folder in folders]
    listen(folders[0])
    serving = (
        "import socket\nserver = socket.create_server(('127.0.0.1', 4321))\n"
        "other = socket.socket(socket.AF_UNIX); other.bind('\\0meeting'); other.listen()\n"
        "open('/tmp/secret', 'w').write('secret')\n"
    )
    running = asyncio.create_task(python(first, serving + NEVER_ENDING))
    await heard(folders[0])
    looking = (
        "import glob, os, socket\n"
        "assert len(glob.glob('/proc/[0-9]*')) < 6 and not os.path.exists('/tmp/secret')\n"
        "for family, address in ((socket.AF_INET, ('127.0.0.1', 4321)), (socket.AF_UNIX, '\\0meeting')):\n"
        "    try: socket.socket(family).connect(address)\n"
        "    except ConnectionRefusedError: print('refused')\n"
    )
    result = await python(second, looking)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await first.close()
    await second.close()
    assert (result.stdout, result.stderr) == (b"refused\nrefused\n", b"")


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


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines()


def _groups_of(pid: int) -> set[Path]:
    return set(Path("/sys/fs/cgroup").rglob(f"archon-{pid}-*"))


def _wait_until_free(workspace: Path) -> None:
    with (workspace / "held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
