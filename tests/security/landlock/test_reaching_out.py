"""Attacks on the sandbox without namespaces, where much of the machine is one call away.

Each works bare, against a canary that the test made, and must not work inside, although the canary belongs
to the very user that the sandbox has.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.domain.execution import Command, Mount, SandboxSpec
from archon.ports.sandbox import Sandbox
from tests.builders.landlock import bare_python, needs_landlock

pytestmark = needs_landlock

PRELUDE = """
import ctypes, os, resource, signal, socket, struct, sys
from pathlib import Path
folder, process, abstract, tcp, udp, memory, queue = sys.argv[1:]
folder, process = Path(folder), int(process)
canary = folder / 'canary'
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
def called(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result in (-1, 2 ** 64 - 1):
        raise OSError(ctypes.get_errno(), name)
    return result
def connected(family, kind, address):
    there = socket.socket(family, kind)
    there.connect(address)
    there.send(b'harm')
try:
    {attack}
    print('done')
except OSError as error:
    print('stopped:', error)
"""
SIGNALS_BY_A_PIPE = """
import fcntl, os, sys
reader, writer = os.pipe()
fcntl.fcntl(reader, fcntl.F_SETOWN, int(sys.argv[1]))
fcntl.fcntl(reader, 10, 9)
fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
os.write(writer, b'harm')
print('sent')
"""
ON_FILES = {
    "read": "assert canary.read_bytes() == b'secret'",
    "list": "assert os.listdir(folder)",
    "read through a link": "way = f'way{os.getpid()}'; os.symlink(canary, way); assert open(way).read()",
    "read by another name": "os.link(canary, 'hard'); assert open('hard').read()",
    "write": "canary.write_text('harm')",
    "empty": "os.truncate(canary, 0)",
    "make": "(folder / 'made').touch()",
    "make a folder": "(folder / 'made').mkdir()",
    "remove": "canary.unlink()",
    "move away": "canary.rename('mine')",
    "move over it": "Path('mine').touch(); os.replace('mine', canary)",
    "execute": "os.posix_spawn(folder / 'program', ['program'], {})",
    "change its mode": "canary.chmod(0)",
    "change its mode through a link": "way = f'way{os.getpid()}'; os.symlink(canary, way); os.chmod(way, 0)",
    "change its mode from a folder": "os.chmod('canary', 0, dir_fd=os.open(folder, os.O_PATH))",
    "change its mode by a descriptor": (
        "where = os.open(canary, os.O_PATH); os.chmod(f'/proc/self/fd/{where}', 0)"
    ),
    "lock its folder": "folder.chmod(0)",
    "change its times": "os.utime(canary, (1, 1))",
    "change its owner": "os.chown(canary, os.getuid(), os.getgid())",
    "give it an attribute": "os.setxattr(canary, 'user.harm', b'harm')",
    "watch what happens to it": (
        "called('inotify_add_watch', called('inotify_init1', 0), os.fsencode(folder), 0xfff)"
    ),
}
ON_PROCESSES = {
    "read its environment": "assert Path(f'/proc/{process}/environ').read_bytes()",
    "read its state": "assert Path(f'/proc/{process}/stat').read_bytes()",
    "end it": "os.kill(process, 9)",
    "ask for it by a signal": "os.kill(process, 0)",
    "end it by a descriptor": "signal.pidfd_send_signal(os.pidfd_open(process), 9)",
    "stop its group": "os.killpg(os.getpgid(process), 19)",
    "trace it": "called('ptrace', 16, process, None, None)",
    "enter its folder": "os.listdir(f'/proc/{process}/cwd/')",
    "slow it down": "os.setpriority(os.PRIO_PROCESS, process, 19)",
    "take its processors away": "os.sched_setaffinity(process, {0})",
    "take its files away": "resource.prlimit(process, resource.RLIMIT_NOFILE, (3, 3))",
}
ON_THE_MACHINE = {
    "speak to a socket": "connected(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / 'stream'))",
    "send a packet": "connected(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / 'packets'))",
    "send a packet from a pair": (
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'harm', str(folder / 'packets'))"
    ),
    "point a pair elsewhere": (
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)[0].connect(str(folder / 'packets'))"
    ),
    "speak to an abstract socket": "connected(socket.AF_UNIX, socket.SOCK_STREAM, chr(0) + abstract)",
    "take an abstract name": ("socket.socket(socket.AF_UNIX).bind(chr(0) + abstract + 'other')"),
    "connect by TCP": "connected(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', int(tcp)))",
    "listen by TCP": "socket.create_server(('127.0.0.1', 0))",
    "send by UDP": "connected(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', int(udp)))",
    "ask for the interfaces": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
    "attach shared memory": "called('shmat', int(memory), None, 0)",
    "make shared memory": "called('shmctl', called('shmget', 0, 4096, 0o1600), 0, None)",
    "make a semaphore": "called('semctl', called('semget', 0, 1, 0o1600), 0, 0)",
    "make a queue": "called('msgctl', called('msgget', 0, 0o1600), 0, None)",
    "open a queue": "called('mq_open', os.fsencode(queue), 0)",
    "open memory by name": "open('/dev/shm' + queue).read()",
}

ALL = ON_FILES | ON_PROCESSES | ON_THE_MACHINE


@pytest.mark.parametrize("attack", ALL.values(), ids=ALL.keys())
async def test_what_works_bare_does_not_work_inside(
    attack: str, sandbox: Sandbox, user: int, workspace: Path, places: tuple[str, ...], folder: Path
) -> None:
    words = ("-c", PRELUDE.replace("{attack}", attack), *places)
    before = _state(folder, places)
    inside = await sandbox.exec(Command(argv=("python", *words)))
    after = _state(folder, places)
    works = await asyncio.to_thread(bare_python, user, workspace, *words)
    assert (inside.stdout[:8], inside.stderr) == (b"stopped:", b"")
    assert after == before
    assert (works.stdout, works.stderr) == (b"done\n", b"")


async def test_the_kernel_delivers_no_signal_for_it_either(
    sandbox: Sandbox, user: int, workspace: Path, process: subprocess.Popen[bytes]
) -> None:
    words = ("-c", SIGNALS_BY_A_PIPE, str(process.pid))
    assert (await sandbox.exec(Command(argv=("python", *words)))).stdout == b"sent\n"
    assert process.poll() is None
    await asyncio.to_thread(bare_python, user, workspace, *words)
    assert await asyncio.to_thread(process.wait, 5) == -signal.SIGKILL


async def test_what_is_shown_read_only_cannot_be_changed_through_a_descriptor_either(
    provider: LandlockProvider, workspace: Path, folder: Path
) -> None:
    """Its own user's file, which may be opened for reading: so much that Landlock does not look at works."""
    (workspace / "file").write_text("same")
    mount = Mount(source=folder, target="/shown")
    sandbox = await provider.create(SandboxSpec(workspace=workspace, mounts=(mount,), read_only=True))
    program = (
        "import fcntl, os, sys\n"
        "for place in sys.argv[1:]:\n"
        " file = os.open(place, os.O_RDONLY)\n"
        " for act in (lambda: os.fchmod(file, 0o777), lambda: os.utime(file, (1, 1)),\n"
        "             lambda: os.fchown(file, -1, os.getgid()), lambda: os.setxattr(file, 'user.x', b''),\n"
        "             lambda: fcntl.fcntl(file, 1024, fcntl.F_RDLCK),\n"
        "             lambda: fcntl.ioctl(file, 0x40086602, bytes(8))):\n"
        "  try: act(); print('done')\n"
        "  except OSError: pass\n"
    )
    words = ("/shown", "/shown/canary", "/workspace", "/workspace/file")
    program += " try: os.link(place, os.environ['TMPDIR'] + '/own'); print('linked')\n except OSError: pass\n"
    before = [each.stat() for each in (folder, folder / "canary", workspace, workspace / "file")]
    result = await sandbox.exec(Command(argv=("python", "-c", program, *words)))
    await sandbox.close()
    assert (result.stdout, result.stderr) == (b"", b"")
    assert [each.stat() for each in (folder, folder / "canary", workspace, workspace / "file")] == before


def _state(folder: Path, places: tuple[str, ...]) -> tuple[object, ...]:
    """All that an attack may have harmed."""
    seen = [each.lstat() for each in (folder, folder / "canary")]
    process = int(places[1])
    return (
        (folder / "canary").read_text(),
        sorted(each.name for each in folder.iterdir()),
        [(each.st_mode, each.st_uid, each.st_mtime_ns, each.st_ctime_ns, each.st_nlink) for each in seen],
        os.getpriority(os.PRIO_PROCESS, process),
        os.sched_getaffinity(process),
        Path(f"/proc/{process}/limits").read_text(),
    )
