"""Attacks by one command on the next in the same sandbox: it must find things as the first one did.

A first command leaves something behind and finds it, which proves the attack; a second one looks for it
in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell
from tests.security.battery.kernel_objects import session_keyring
from tests.security.battery.prelude import PRELUDE


@dataclass(frozen=True, slots=True)
class Trace:
    leave: str
    look: str
    """An expression that is true where the trace is; it may as well raise where it is not."""


def lowered(limit: str, value: int) -> Trace:
    """A limit of the first process, whose children inherit it; and of itself, as if it were one."""
    return Trace(
        f"for each in (1, 0): resource.prlimit(each, resource.{limit}, ({value}, {value}))",
        f"resource.getrlimit(resource.{limit})[0] == {value}",
    )


SESSION, USER = -3, -4
TRACES = {
    "a file in /tmp": Trace("open('/tmp/.left', 'w').close()", "os.listdir('/tmp')"),
    "a file in /var/tmp": Trace("open('/var/tmp/.left', 'w').close()", "os.listdir('/var/tmp')"),
    "a file in shared memory": Trace("open('/dev/shm/left', 'w').close()", "os.listdir('/dev/shm')"),
    "a fifo with a very long name": Trace("os.mkfifo('/tmp/' + '.' * 255)", "os.listdir('/tmp')"),
    "a locked folder": Trace("os.makedirs('/tmp/a/b'); os.chmod('/tmp/a', 0)", "os.listdir('/tmp')"),
    "shared memory of System V": Trace("libc.shmget(77, 99, 0o1666)", "libc.shmget(77, 0, 0) >= 0"),
    "a semaphore": Trace("libc.semget(77, 1, 0o1666)", "libc.semget(77, 1, 0) >= 0"),
    "a queue of System V": Trace("libc.msgget(77, 0o1666)", "libc.msgget(77, 0) >= 0"),
    "a queue of messages": Trace(
        "kernel('mq_open', b'left', os.O_RDWR | os.O_CREAT, 0o666, None)",
        "kernel('mq_open', b'left', os.O_RDWR, 0, None)",
    ),
    "a key of the user": Trace(
        f"kernel('add_key', b'user', b'left', b'x', 1, {USER})",
        f"kernel('keyctl', 10, {USER}, b'user', b'left', 0)",
    ),
    "a key of the session": Trace(
        f"kernel('add_key', b'user', b'left', b'x', 1, {SESSION})",
        f"kernel('keyctl', 10, {SESSION}, b'user', b'left', 0)",
    ),
    "a server that goes on": Trace(
        "s = socket.create_server(('127.0.0.1', 4321))\nif os.fork() == 0: os.setsid(); time.sleep(100)",
        "socket.create_connection(('127.0.0.1', 4321), 2)",
    ),
    "a port that nobody has and that is taken": Trace(
        "s = socket.create_server(('127.0.0.1', 4321)); c = socket.create_connection(s.getsockname())\n"
        "a, _ = s.accept(); a.close(); c.close(); s.close()",
        "':10E1' in open('/proc/net/tcp').read()",
    ),
    "a process in a session of its own": Trace(
        "if os.fork() == 0: os.setsid(); libc.prctl(15, b'left', 0, 0, 0); time.sleep(100)\n"
        "while os.system('grep -qx left /proc/[0-9]*/comm 2>/dev/null'): pass",
        "os.system('grep -qx left /proc/[0-9]*/comm 2>/dev/null') == 0",
    ),
    "fewer open files for all": lowered("RLIMIT_NOFILE", 7),
    "fewer processes for all": lowered("RLIMIT_NPROC", 7),
    "less memory for all": lowered("RLIMIT_AS", 1 << 28),
    "smaller files for all": lowered("RLIMIT_FSIZE", 1),
    "less time for all": lowered("RLIMIT_CPU", 7),
    "a lower priority for all": Trace(
        "os.setpriority(os.PRIO_PROCESS, 1, 19); os.nice(19)",
        "os.nice(0) == 19",
    ),
    "one processor for all": Trace(
        "for each in (1, 0): os.sched_setaffinity(each, {min(os.sched_getaffinity(0))})",
        "len(os.sched_getaffinity(0)) < os.cpu_count()",
    ),
    "time that nobody else wants for all": Trace(
        "for each in (1, 0): os.sched_setscheduler(each, os.SCHED_IDLE, os.sched_param(0))",
        "os.sched_getscheduler(0) == os.SCHED_IDLE",
    ),
}
CANNOT_BE_LEFT = {
    "a queue of messages",
    "a key of the user",
    "a key of the session",
    "fewer open files for all",
    "fewer processes for all",
    "less memory for all",
    "smaller files for all",
    "less time for all",
}
"""What is refused at once, by a limit or by the filter of system calls."""


async def found(sandbox: Sandbox, trace: Trace, *, leave: bool) -> bool:
    program = PRELUDE + (trace.leave if leave else "") + f"\nif {trace.look}: print('found')"
    return b"found" in (await python(sandbox, program, timeout_s=20)).stdout


@pytest.mark.parametrize("name", TRACES)
async def test_the_next_command_finds_nothing_of_it(sandbox: Sandbox, name: str) -> None:
    session_keyring()
    trace = TRACES[name]
    assert await found(sandbox, trace, leave=True) == (name not in CANNOT_BE_LEFT)
    assert not await found(sandbox, trace, leave=False)
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_a_locked_tmp_is_open_again_for_the_next_command(sandbox: Sandbox) -> None:
    """Only in a user namespace does /tmp belong to the user of the commands, who may lock it."""
    assert (await shell(sandbox, "chmod 0 /tmp /dev/shm; echo done")).stdout == b"done\n"
    assert (await shell(sandbox, "echo x > /tmp/x && echo on")).stdout == b"on\n"
