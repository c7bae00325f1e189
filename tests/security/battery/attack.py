"""An attack is a program that wins by printing a secret, by harming what is watched, or by saying so."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archon.domain.execution import Command
from archon.ports.sandbox import Sandbox
from tests.security.battery.target import Target
from tests.security.battery.tellers import has_ipv6

TRACING = "leave to look into other processes of this user"
ROOT = "the rights of root"
NETWORK = "an interface beside the loopback"
ROUTE = "a route out of this machine"
TYPING = "a kernel that lets programs type into terminals"
IPV6 = "IPv6 on the loopback device"
GIT = "git"
PS = "ps"
KEYRINGS = "a kernel that keeps keys"
VIRTUAL_SOCKETS = "a kernel that speaks to the machine around it"
HANDLES = "the rights of root and a file system whose files have handles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    name: str
    program: str
    """Python source. Before it stand `PRELUDE`, all that an attacker could know, and `WORD`."""
    needs: str
    """What it takes for it to work without protection: one of `CONDITIONS`, or nothing."""

    @property
    def can_work_here(self) -> bool:
        return not self.needs or CONDITIONS[self.needs]()


def attack(name: str, program: str, *, needs: str = "") -> Attack:
    return Attack(name=name, program=program, needs=needs)


def _setting(path: str, default: str) -> str:
    file = Path("/proc/sys") / path
    return file.read_text().strip() if file.exists() else default


def _is_root() -> bool:
    return os.geteuid() == 0


def _has_virtual_sockets() -> bool:
    try:
        socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


CONDITIONS: Mapping[str, Callable[[], bool]] = {
    ROOT: _is_root,
    HANDLES: _is_root,
    IPV6: has_ipv6,
    GIT: lambda: shutil.which("git") is not None,
    PS: lambda: shutil.which("ps") is not None,
    KEYRINGS: lambda: Path("/proc/keys").exists(),
    VIRTUAL_SOCKETS: _has_virtual_sockets,
    TRACING: lambda: _is_root() or _setting("kernel/yama/ptrace_scope", "0") == "0",
    NETWORK: lambda: len(Path("/proc/net/dev").read_text().splitlines()) > 3,
    ROUTE: lambda: len(Path("/proc/net/route").read_text().splitlines()) > 1,
    TYPING: lambda: _is_root() and _setting("dev/tty/legacy_tiocsti", "1") == "1",
}
OF_THE_KERNEL = {IPV6, KEYRINGS, VIRTUAL_SOCKETS}
"""What no privilege makes up for: where it is missing, there is nothing to attack."""
PRELUDE = """
import ctypes, fcntl, glob, mmap, os, platform, resource, shutil, signal, socket, struct, subprocess, time

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
NUMBERS = {
    'mq_open': (240, 180), 'mq_unlink': (241, 181), 'mq_timedreceive': (243, 183),
    'keyctl': (250, 219), 'open_by_handle_at': (304, 265),
    'process_vm_readv': (310, 270), 'process_vm_writev': (311, 271), 'renameat2': (316, 276),
    'pidfd_getfd': (438, 438),
}


def won():
    print(WORD[::-1])


def tell(path):
    with open(path, 'rb') as file:
        say(file.read(9999))


def say(data):
    print(data.decode(errors='replace'))


def harm(path):
    with open(path, 'r+b') as file:
        file.write(b'harmed')


def must(result):
    if result is None or result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def kernel(name, *arguments):
    number = NUMBERS[name][platform.machine() == 'aarch64']
    return must(libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))


def ask(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as s:
        s.settimeout(2)
        s.connect(address)
        if kind == socket.SOCK_DGRAM:
            s.send(b'?')
        say(s.recv(99))


class Vector(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]


"""


def armed(attack: Attack, target: Target, *, here: Path, shown: str) -> Command:
    """The attack with all that an attacker could know: `shown` is where it finds the mounted folder.

    The word that it says when it won is told backwards, so that printing what it knows does not say it.
    """
    known = {**target.known, "HERE": str(here), "SHOWN": shown, "WORD": target.word[::-1]}
    constants = "".join(f"{name} = {value!r}\n" for name, value in known.items())
    return Command(argv=("python", "-"), stdin=(PRELUDE + constants + attack.program).encode(), timeout_s=20)


async def succeeds(attack: Attack, target: Target, sandbox: Sandbox, *, here: Path, shown: str) -> bool:
    result = await sandbox.exec(armed(attack, target, here=here, shown=shown))
    has_told = any(secret.encode() in result.stdout for secret in (target.token, target.word))
    return has_told or target.is_harmed()
