"""What the filter of every sandbox allows, and one without namespaces of its own must not.

It shares processes' numbers, the network and the lists of the kernel with the machine, mostly as the same
user. So what those lead to is refused here, unless Landlock sees it: signals and other processes' memory it
does see. Both filters hold; the stricter answer counts.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from functools import cache

from archon.adapters.sandbox.bpf import (
    ARCHITECTURE,
    NUMBER,
    Answer,
    Decision,
    Keep,
    Load,
    argument,
    by_range,
    compiled,
    one_of,
)
from archon.adapters.sandbox.landlock.numbers import NUMBERS
from archon.adapters.sandbox.system_calls import MACHINES

ALLOWED = Answer(0x7FFF0000)
KILLED = Answer(0x80000000)
LEFT_TO_THE_GUARD = Answer(0x7FC00000)
"""SECCOMP_RET_USER_NOTIF"""

ANSWERED_CALLS = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2"),
    *("chown", "lchown", "fchown", "fchownat", "utimensat"),
)
"""They work on every file that belongs to the user, wherever it is: `answering.py` carries them out."""
_ATTRIBUTE_CALLS = (
    *("setxattr", "lsetxattr", "fsetxattr", "setxattrat"),
    *("removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
)
"""As above, but as on a file system that has no such attributes."""
_ABSENT_CALLS = (
    # As above, in ways that nobody needs any more, or does not need yet.
    *("utime", "utimes", "futimesat", "file_setattr"),
    # They tell the names of files in folders that may not be listed.
    *("inotify_init", "inotify_init1"),
    # Memory, queues and counters of the whole machine.
    *("shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"),
)
_SOCKET_CALLS = ("bind", "connect", "listen", "accept", "accept4")
_PROCESS_FIRST = ("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr", "prlimit64")
"""Their first argument is a process; 0 is the caller."""
_PAIRS = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
"""Those of datagrams can be pointed at any other socket of the machine afterwards."""
_SOCKET_TYPE = 0xF
_WATCHES = (1024, 1026)
"""F_SETLEASE, which can hold up who opens a file, and F_NOTIFY."""
_CLONES = (0x40049409, 0x4020940D)
"""FICLONE and FICLONERANGE copy into a file that was opened for writing."""
_REQUEST_KIND, _TERMINAL = 0xFF00, 0x5400
"""Requests to change what belongs to a file past its path come with other letters than `T`."""
_IO_PRIORITY_OF_A_PROCESS = 1
_FIRST_OTHER = 1 << 30
"""From here on the calls of x86_64 have other numbers (x32)."""


def _error(number: int) -> Answer:
    return Answer(0x00050000 | number)


_FORBIDDEN = _error(errno.EPERM)


@cache
def strict_filter(machine: str = "") -> bytes:
    """The filter for a machine whose numbers are known: an array of `struct sock_filter`."""
    name = machine or os.uname().machine
    numbers = NUMBERS[name]
    rules = sorted((numbers[call], decision) for call, decision in _rules() if call in numbers)
    starts: dict[int, Decision] = {0: ALLOWED}
    for number, decision in rules:
        starts |= {number: decision, number + 1: ALLOWED}
    starts[_FIRST_OTHER] = _error(errno.ENOSYS)
    calls = Load(NUMBER, by_range(sorted(starts.items())))
    return compiled(Load(ARCHITECTURE, one_of((MACHINES[name].architecture,), calls, KILLED)))


def answered_calls(machine: str = "") -> dict[int, str]:
    """The calls that are left to the guard, by number."""
    numbers = NUMBERS[machine or os.uname().machine]
    return {numbers[name]: name for name in ANSWERED_CALLS if name in numbers}


def _rules() -> Iterator[tuple[str, Decision]]:
    yield from ((name, LEFT_TO_THE_GUARD) for name in ANSWERED_CALLS)
    yield from ((name, _error(errno.ENOTSUP)) for name in _ATTRIBUTE_CALLS)
    yield from ((name, _error(errno.ENOSYS)) for name in _ABSENT_CALLS)
    yield from ((name, _FORBIDDEN) for name in _SOCKET_CALLS)
    yield "socket", _error(errno.EAFNOSUPPORT)
    kind = argument(1, Keep(_SOCKET_TYPE, one_of(_PAIRS, ALLOWED, _FORBIDDEN)))
    yield "socketpair", argument(0, one_of((socket.AF_UNIX,), kind, _error(errno.EAFNOSUPPORT)))
    own = argument(0, one_of((0,), ALLOWED, _FORBIDDEN))
    yield from ((name, own) for name in _PROCESS_FIRST)
    own_second = argument(1, one_of((0,), ALLOWED, _FORBIDDEN))
    yield "setpriority", argument(0, one_of((os.PRIO_PROCESS,), own_second, _FORBIDDEN))
    yield "ioprio_set", argument(0, one_of((_IO_PRIORITY_OF_A_PROCESS,), own_second, _FORBIDDEN))
    yield "fcntl", argument(1, one_of(_WATCHES, _FORBIDDEN, ALLOWED))
    other = one_of(_CLONES, ALLOWED, _error(errno.ENOTTY))
    terminal = Keep(_REQUEST_KIND, one_of((_TERMINAL,), ALLOWED, argument(1, other)))
    yield "ioctl", argument(1, terminal)
