"""Which system calls a sandbox may make: a filter for seccomp(2), in the kernel's own machine language.

All are allowed but those that reach more of the kernel than a program needs: what escapes start with. A
filter sees numbers and not what a pointer leads to, so calls that hide something refused there are refused
as a whole.

Refused calls say EPERM, as to a user without privileges. They say ENOSYS where programs then take an older
way, and so does every number that had no meaning yet: tomorrow's interface is not open by default.

Since Linux 5.11 the kernel finds out once which calls are allowed whatever their arguments, and asks no more
about those. Any other takes about 20 instructions.

Source: seccomp(2); what the profiles of Docker, systemd and Flatpak refuse; Nix for the set-user-ID bit.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from functools import cache

from archon.adapters.sandbox.bpf import (
    ARCHITECTURE,
    NUMBER,
    Answer,
    Decision,
    Keep,
    Load,
    any_bit,
    argument,
    argument_above,
    by_range,
    compiled,
    one_of,
)
from archon.adapters.sandbox.system_calls import MACHINES, Machine
from archon.domain.errors import SandboxUnavailable


def _error(number: int) -> Answer:
    """SECCOMP_RET_ERRNO: the call is not made and says this."""
    return Answer(0x00050000 | number)


ALLOWED = Answer(0x7FFF0000)
"""SECCOMP_RET_ALLOW"""
KILLED = Answer(0x80000000)
"""SECCOMP_RET_KILL_PROCESS"""
FORBIDDEN = _error(errno.EPERM)
ABSENT = _error(errno.ENOSYS)

FORBIDDEN_CALLS = (
    # What is mounted, and where the root is.
    *("mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr", "move_mount"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"),
    # New namespaces, and those of others: a user namespace opens the parts of the kernel meant for root.
    *("unshare", "setns"),
    # Other processes' memory, files and identity.
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"),
    # Parts of the kernel with a long record of holes that few programs need.
    *("bpf", "perf_event_open", "add_key", "request_key", "keyctl", "userfaultfd", "memfd_secret"),
    # Files past the paths that are seen, and watching those of others.
    *("name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark"),
    # Where memory lies on machines with several nodes.
    *("mbind", "set_mempolicy", "set_mempolicy_home_node", "migrate_pages", "move_pages"),
    # The machine itself, which is root's alone anyway.
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "vhangup"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname"),
    *("iopl", "ioperm", "modify_ldt"),
)
"""Those that say EPERM."""
ABSENT_CALLS = (
    # Their flags lie behind a pointer, and programs fall back on clone, openat, mountinfo in /proc.
    *("clone3", "openat2", "statmount", "listmount"),
    # A second way to make most calls, which no filter sees; programs fall back on the first.
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # What programs have not needed for long, or never did.
    *("_sysctl", "lookup_dcookie", "nfsservctl", "remap_file_pages", "sysfs", "uselib", "ustat", "vmsplice"),
)
"""Those that say ENOSYS."""

NEW_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; clone(2) makes no time namespaces."""
TERMINAL_REQUESTS = (0x5412, 0x541C, 0x5423)
"""TIOCSTI types into a terminal, TIOCLINUX pastes, TIOCSETD puts a driver on the line."""
HARMLESS_PERSONALITIES = (0, 0xFFFFFFFF)
"""PER_LINUX, and the question which it is; others switch off randomized addresses, or read as execute."""
_PR_SET_MM = 35
_NEW_LISTENER = 8
"""SECCOMP_FILTER_FLAG_NEW_LISTENER: answers other programs' calls."""
_SOL_TCP_ULP = (6, 31)
"""Puts TLS or another protocol of the kernel on a connection."""
_MAKES_FILE = os.O_CREAT | 0o20000000
"""O_CREAT, or O_TMPFILE without O_DIRECTORY: without either the mode means nothing."""
_FILE_TYPE = 0o170000
"""S_IFMT"""
_SOCKET_TYPE = 0xF
"""SOCK_TYPE_MASK: the bits above are flags."""
_STREAMS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
_PROTOCOLS = (0, socket.IPPROTO_TCP, socket.IPPROTO_UDP)
_AF_NETLINK = 16
_NETLINK_ROUTE = 0


@cache
def seccomp_filter(machine: str | None = None) -> bytes:
    """The filter for a machine as uname(2) names it, by default this one: an array of `struct sock_filter`.

    Raises: SandboxUnavailable for a machine whose numbers are not known.
    """
    name = machine or os.uname().machine
    if name not in MACHINES:
        raise SandboxUnavailable(
            f"There is no filter of system calls for {name}.",
            hint=f"Run Archon on one of these machines: {', '.join(MACHINES)}.",
        )
    there = MACHINES[name]
    calls = Load(NUMBER, by_range(list(_starts(there))))
    return compiled(Load(ARCHITECTURE, one_of((there.architecture,), calls, KILLED)))


def _starts(machine: Machine) -> Iterator[tuple[int, Decision]]:
    """The numbers at which the decision changes, from 0 up, with the decision.

    The calls of x32, which have a high bit set, are among the unknown; those of 32-bit programs come with
    another architecture.
    """
    rules = {machine.numbers[name]: rule for name, rule in _rules() if name in machine.numbers}
    last: Decision | None = None
    for number in range(machine.known[-1].stop + 1):
        known = any(number in numbers for numbers in machine.known)
        decision = rules.get(number, ALLOWED) if known else ABSENT
        if decision != last:
            yield number, decision
        last = decision


def _rules() -> Iterator[tuple[str, Decision]]:
    yield from ((name, FORBIDDEN) for name in FORBIDDEN_CALLS)
    yield from ((name, ABSENT) for name in ABSENT_CALLS)
    yield "clone", argument(0, any_bit(NEW_NAMESPACES, FORBIDDEN, ALLOWED))
    yield "personality", argument(0, one_of(HARMLESS_PERSONALITIES, ALLOWED, FORBIDDEN))
    yield "prctl", argument(0, one_of((_PR_SET_MM,), FORBIDDEN, ALLOWED))
    yield "seccomp", argument(1, any_bit(_NEW_LISTENER, FORBIDDEN, ALLOWED))
    # Of other processes nothing but the question what their limits are: not even the agent is another user.
    other = argument(2, one_of((0,), argument_above(2, one_of((0,), ALLOWED, FORBIDDEN)), FORBIDDEN))
    yield "prlimit64", argument(0, one_of((0,), ALLOWED, other))
    yield "ioctl", argument(1, one_of(TERMINAL_REQUESTS, FORBIDDEN, ALLOWED))
    yield from _files()
    yield from _sockets()


def _files() -> Iterator[tuple[str, Decision]]:
    """No devices, and no programs that make whoever starts them the user that the sandbox has.

    The set-group-ID bit is left to folders, where it is honest: no filter can tell them from files.
    """
    device = Keep(_FILE_TYPE, one_of((stat.S_IFCHR, stat.S_IFBLK), FORBIDDEN, ALLOWED))
    for name, mode in (("mknod", 1), ("mknodat", 2)):
        yield name, argument(mode, any_bit(stat.S_ISUID, FORBIDDEN, device))
    for name, mode in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("creat", 1)):
        yield name, _mode(mode)
    for name, flags in (("open", 1), ("openat", 2)):
        yield name, argument(flags, any_bit(_MAKES_FILE, _mode(flags + 1), ALLOWED))


def _mode(index: int) -> Decision:
    return argument(index, any_bit(stat.S_ISUID, FORBIDDEN, ALLOWED))


def _sockets() -> Iterator[tuple[str, Decision]]:
    """Those of Unix, TCP and UDP, and what lists the interfaces; without privileges that changes nothing.

    Types are allowed rather than refused: one of them is an old name for packets of the wire.
    """
    no_family, no_protocol = _error(errno.EAFNOSUPPORT), _error(errno.EPROTONOSUPPORT)
    protocol = argument(2, one_of(_PROTOCOLS, ALLOWED, no_protocol))
    internet = argument(1, Keep(_SOCKET_TYPE, one_of(_STREAMS, protocol, FORBIDDEN)))
    netlink = argument(2, one_of((_NETLINK_ROUTE,), ALLOWED, no_protocol))
    other = one_of((_AF_NETLINK,), netlink, no_family)
    family = one_of((socket.AF_INET, socket.AF_INET6), internet, other)
    for name in ("socket", "socketpair"):
        yield name, argument(0, one_of((socket.AF_UNIX,), ALLOWED, family))
    level, option = _SOL_TCP_ULP
    upper = argument(2, one_of((option,), _error(errno.ENOPROTOOPT), ALLOWED))
    yield "setsockopt", argument(1, one_of((level,), upper, ALLOWED))
