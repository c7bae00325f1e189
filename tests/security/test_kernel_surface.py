"""Attacks by system calls: what they could reach of the kernel is not there in a sandbox.

Where that does this machine no harm, they are shown to work without protection first.
"""

from __future__ import annotations

import json
import platform
import shutil
import stat
from pathlib import Path

import pytest

from archon.adapters.sandbox.seccomp import ABSENT_CALLS, FORBIDDEN_CALLS
from archon.adapters.sandbox.system_calls import MACHINES
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell

NUMBERS = MACHINES[platform.machine()].numbers if platform.machine() in MACHINES else {}
pytestmark = pytest.mark.skipif(not NUMBERS, reason="there is no filter for this machine")

CALLS = f"""
import ctypes, errno, os, socket, stat
NUMBERS = {NUMBERS}
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(name, *arguments):
    number = NUMBERS.get(name, name)
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result = libc.syscall(ctypes.c_long(number), *words)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result
def said(act):
    try:
        act()
        return 'done'
    except OSError as error:
        return errno.errorcode[error.errno]
def in_child(act):
    '''For what would change the process that does it.'''
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status > 0:
        raise OSError(status, 'child')
def cloned(flags):
    child = call('clone', flags | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
def made(path):
    if not os.stat(path).st_mode & stat.S_ISUID:
        raise OSError(errno.EIO, path)
"""
"""What each of the attacks below starts with."""

ATTACKS = {
    "a new user namespace": ("in_child(lambda: call('unshare', 0x10000000))", "EPERM"),
    "a new user namespace by clone": ("cloned(0x10000000)", "EPERM"),
    "a new time namespace": ("in_child(lambda: call('unshare', 0x10000000 | 0x80))", "EPERM"),
    "tracing": ("in_child(lambda: call('ptrace', 0, 0, 0, 0))", "EPERM"),
    "reading the memory of another": (
        "call('process_vm_readv', os.getpid(), (ctypes.c_void_p * 2)(), 0, (ctypes.c_void_p * 2)(), 0, 0)",
        "EPERM",
    ),
    "taking the file of another": ("call('pidfd_getfd', os.pidfd_open(os.getpid()), 0, 0)", "EPERM"),
    "comparing what others hold": ("call('kcmp', os.getpid(), os.getpid(), 1, 0, 0)", "EPERM"),
    "a program in the kernel": (
        "code = (ctypes.c_uint64 * 2)(0xB7, 0x95)\n"
        "text = ctypes.create_string_buffer(b'GPL')\n"
        "wanted = (ctypes.c_uint64 * 16)(1 | 2 << 32, ctypes.addressof(code), ctypes.addressof(text))\n"
        "in_child(lambda: call('bpf', 5, wanted, 48))",
        "EPERM",
    ),
    "counting events": (
        "wanted = (ctypes.c_uint64 * 16)(1 | 128 << 32, 1, 0, 0, 0, 0b1100000)\n"
        "call('perf_event_open', wanted, 0, -1, -1, 0)",
        "EPERM",
    ),
    "looking for a keyring": ("call('keyctl', 0, -2, 1)", "EPERM"),
    "a key": ("in_child(lambda: call('add_key', b'user', b'canary', b'x', 1, -2))", "EPERM"),
    "a ring of calls": ("call('io_uring_setup', 1, (ctypes.c_uint32 * 30)())", "ENOSYS"),
    "faults handed out": ("call('userfaultfd', 1)", "EPERM"),
    "memory that even the kernel does not see": ("call('memfd_secret', 0)", "EPERM"),
    "addresses without chance": ("in_child(lambda: call('personality', 0x40000))", "EPERM"),
    "addresses without chance, by the upper half": (
        "in_child(lambda: call('personality', 1 << 32 | 0x40000))",
        "EPERM",
    ),
    "a file by its handle": (
        "handle = (ctypes.c_uint32 * 34)(128)\n"
        "call('name_to_handle_at', -100, b'.', handle, ctypes.byref(ctypes.c_int()), 0)",
        "EPERM",
    ),
    "watching a file system": ("call('fanotify_init', 0x200, 0)", "EPERM"),
    "a list of the mounts": (
        "request = (ctypes.c_uint64 * 4)(32, 2**64 - 1)\n"
        "call('listmount', request, (ctypes.c_uint64 * 9)(), 9, 0)",
        "ENOSYS",
    ),
    "a copy of the mounts": ("call('open_tree', -100, b'.', 0)", "EPERM"),
    "where memory lies": ("call('set_mempolicy', 0, 0, 0)", "EPERM"),
    "pages moved into a pipe": (
        "data = ctypes.create_string_buffer(8)\n"
        "piece = (ctypes.c_uint64 * 2)(ctypes.addressof(data), 8)\n"
        "call('vmsplice', os.pipe()[1], piece, 1, 0)",
        "ENOSYS",
    ),
    "answering the calls of others": (
        "code = (ctypes.c_uint64 * 1)(0x7FFF0000 << 32 | 6)\n"
        "program = (ctypes.c_uint64 * 2)(1, ctypes.addressof(code))\n"
        "in_child(lambda: (libc.prctl(38, 1, 0, 0, 0), call('seccomp', 1, 8, program)))",
        "EPERM",
    ),
    "a socket to the hypervisor": ("socket.socket(40, socket.SOCK_STREAM)", "EAFNOSUPPORT"),
    "a socket to the kernel's ciphers": ("socket.socket(38, socket.SOCK_SEQPACKET)", "EAFNOSUPPORT"),
    "a socket for packets": ("socket.socket(17, socket.SOCK_RAW)", "EAFNOSUPPORT"),
    "a socket for packets, by its old name": ("socket.socket(socket.AF_INET, 10)", "EPERM"),
    "a raw socket": ("socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", "EPERM"),
    "a socket for audits": ("socket.socket(16, socket.SOCK_RAW, 9)", "EPROTONOSUPPORT"),
    "a socket for packet filters": ("socket.socket(16, socket.SOCK_RAW, 12)", "EPROTONOSUPPORT"),
    "a socket for packet filters, by the upper half": (
        "os.close(call('socket', 1 << 32 | 16, 3, 1 << 32 | 12))",
        "EPROTONOSUPPORT",
    ),
    "a connection of several paths": ("socket.socket(socket.AF_INET, 1, 262)", "EPROTONOSUPPORT"),
    "TLS in the kernel": (
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(server.getsockname())\n"
        "client.setsockopt(6, 31, b'tls')",
        "ENOPROTOOPT",
    ),
    "a terminal that is typed into": (
        "slave = os.openpty()[1]\ncall('ioctl', slave, 0x5412, b'x')",
        "EPERM",
    ),
    "a terminal that is typed into, by the upper half": (
        "slave = os.openpty()[1]\ncall('ioctl', slave, 1 << 32 | 0x5412, b'x')",
        "EPERM",
    ),
    "a driver on a terminal": (
        "slave = os.openpty()[1]\ncall('ioctl', slave, 0x5423, ctypes.byref(ctypes.c_int(0)))",
        "EPERM",
    ),
    "a device": ("os.mknod('device', stat.S_IFCHR | 0o666, os.makedev(1, 3))", "EPERM"),
    "a program that makes its user another": (
        "open('f', 'w').close()\nos.chmod('f', 0o4755)\nmade('f')",
        "EPERM",
    ),
    "such a program, by its descriptor": (
        "file = os.open('f', os.O_CREAT)\nos.fchmod(file, 0o4755)\nmade('f')",
        "EPERM",
    ),
    "such a program, by a newer call": (
        "open('f', 'w').close()\ncall('fchmodat2', -100, b'f', 0o4755, 0)\nmade('f')",
        "EPERM",
    ),
    "such a program, when it is made": ("os.open('f', os.O_CREAT | os.O_WRONLY, 0o4755)\nmade('f')", "EPERM"),
    "such a program, made as a node": ("os.mknod('f', stat.S_IFREG | 0o4755)\nmade('f')", "EPERM"),
    "such a program, made without a name": (
        "file = os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o4755)\n"
        "libc.linkat(-100, f'/proc/self/fd/{file}'.encode(), -100, b'f', 0x400)\n"
        "made('f')",
        "EPERM",
    ),
    "such a program, by what no filter sees": (
        "how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, 0o4755, 0)\n"
        "call('openat2', -100, b'f', how, 24)\nmade('f')",
        "ENOSYS",
    ),
}
"""Programs that do it, and what stops them; none of them changes this machine."""

TRIES_ALL = """
import json
names = json.loads('{names}')
print(json.dumps({{name: said(lambda: call(name, *[-1] * 6)) for name in names}}))
"""
"""With arguments that mean nothing: looked at, most of them would say EBADF, EFAULT or EINVAL."""

FOREIGN_CALL = """
import ctypes, mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes.fromhex('53 b8 14000000 cd80 5b c3'))  # push rbx; mov eax, 20; int 0x80; pop rbx; ret
getpid = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
import os
print(getpid() == os.getpid(), flush=True)
"""


def clear(folder: Path) -> None:
    for left in folder.iterdir():
        left.unlink()


def set_user(folder: Path) -> list[Path]:
    return [left for left in folder.iterdir() if left.stat().st_mode & stat.S_ISUID]


@pytest.mark.parametrize(("attack", "answer"), ATTACKS.values(), ids=ATTACKS.keys())
async def test_an_attack_that_works_without_protection_finds_no_kernel(
    bare: Sandbox, sandbox: Sandbox, workspace: Path, attack: str, answer: str
) -> None:
    body = "\n".join(f"    {line}" for line in attack.splitlines())
    program = f"{CALLS}\ndef attack():\n{body}\nprint(said(attack))"
    without = (await python(bare, program)).stdout.decode().strip()
    clear(workspace)
    assert (await python(sandbox, program)).stdout.decode().strip() == answer
    assert set_user(workspace) == []
    if without != "done":
        pytest.skip(f"it is stopped, but does not work on this machine without protection either: {without}")


@pytest.mark.parametrize(("names", "answer"), [(FORBIDDEN_CALLS, "EPERM"), (ABSENT_CALLS, "ENOSYS")])
async def test_every_refused_call_is_refused_before_it_is_looked_at(
    sandbox: Sandbox, names: tuple[str, ...], answer: str
) -> None:
    there = [name for name in names if name in NUMBERS]
    result = await python(sandbox, CALLS + TRIES_ALL.format(names=json.dumps(there)))
    assert json.loads(result.stdout) == dict.fromkeys(there, answer)


async def test_calls_of_the_future_are_not_there(sandbox: Sandbox) -> None:
    last = MACHINES[platform.machine()].known[-1].stop
    numbers = (last, last + 1, 1000, 0x40000000 | 39)
    program = f"{CALLS}\nprint({{said(lambda: call(number)) for number in {numbers}}})"
    assert (await python(sandbox, program)).stdout == b"{'ENOSYS'}\n"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="this machine has no other calls")
async def test_a_call_of_another_architecture_kills(bare: Sandbox, sandbox: Sandbox) -> None:
    without = await python(bare, FOREIGN_CALL)
    within = await python(sandbox, FOREIGN_CALL)
    if without.stdout != b"True\n":
        pytest.skip("this kernel runs no 32-bit programs")
    assert (within.exit_code, within.stdout) == (128 + 31, b"")


async def test_whatever_a_sandbox_starts_is_filtered(sandbox: Sandbox) -> None:
    look = "grep ^Seccomp: /proc/self/status"
    result = await shell(sandbox, f"{look}; setsid {look}; {look.replace('self', '1')}")
    assert result.stdout == b"Seccomp:\t2\n" * 3


async def test_honest_programs_share_folders_and_keep_their_modes(sandbox: Sandbox) -> None:
    """The rules about modes leave what archives, copies and shared repositories do."""
    script = (
        "mkdir -m 2775 shared && chmod 755 shared && install -m 711 /bin/true shared/run && shared/run && "
        "cp -a shared copy && cp -p /usr/bin/passwd own && tar cpf all.tar copy && mkdir out && "
        "tar xpf all.tar -C out && chmod +t out && mkfifo fifo && stat -c '%a %n' shared out/copy/run"
    )
    result = await shell(sandbox, script)
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"2755 shared\n711 out/copy/run\n", b"")


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")
async def test_git_makes_repositories_for_a_group(sandbox: Sandbox) -> None:
    result = await shell(sandbox, "git init -q --bare --shared=group all && stat -c %a all/refs")
    assert (result.exit_code, result.stdout) == (0, b"2775\n")


async def test_honest_programs_list_the_interfaces(sandbox: Sandbox) -> None:
    program = (
        "import socket\nprint(socket.if_nameindex(), socket.getaddrinfo('localhost', 1, type=1)[0][4])\n"
        "print(len({socket.socket(family, kind) for family in (1, 2, 10) for kind in (1, 2)}))\n"
        "socket.socketpair()"
    )
    result = await python(sandbox, program)
    assert result.stdout == b"[(1, 'lo')] ('127.0.0.1', 1)\n6\n"
    assert result.exit_code == 0
