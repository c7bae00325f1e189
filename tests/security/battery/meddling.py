"""Attacks on other processes of this machine and on what the kernel keeps for them."""

from __future__ import annotations

from tests.security.battery.attack import attack
from tests.security.battery.conditions import KEYRINGS, ROOT, TRACING

READS_KEY = """
key = kernel('keyctl', 10, {ring}, b'user', {name}.encode(), 0)
room = ctypes.create_string_buffer(99)
kernel('keyctl', 11, key, room, 99)
say(room.raw)
"""
MEDDLING = (
    attack("see a process", "os.stat(f'/proc/{VICTIM}'); won()"),
    attack("kill a process", "os.kill(VICTIM, 9)"),
    attack("kill a group of processes", "os.killpg(VICTIM, 9)"),
    attack("kill a process by its descriptor", "signal.pidfd_send_signal(os.pidfd_open(VICTIM), 9)"),
    attack("kill a thread of a process", "must(libc.tgkill(VICTIM, VICTIM, 9))"),
    attack("stop a process", "os.kill(VICTIM, signal.SIGSTOP)"),
    attack(
        "have the kernel signal a process about a pipe",
        "reader, writer = os.pipe()\n"
        "fcntl.fcntl(reader, fcntl.F_SETOWN, VICTIM); fcntl.fcntl(reader, 10, signal.SIGTERM)\n"
        "fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK); os.write(writer, b'x')",
    ),
    attack("trace a process", "must(libc.ptrace(16, VICTIM, None, None)); won()", needs=TRACING),
    attack(
        "write to the memory of a process",
        "memory = os.open(f'/proc/{VICTIM}/mem', os.O_RDWR); os.pwrite(memory, b'harmed', ADDRESS)",
        needs=TRACING,
    ),
    attack(
        "write to the memory of a process, by a call",
        "room = ctypes.create_string_buffer(b'harmed')\n"
        "mine, other = Vector(ctypes.addressof(room), 6), Vector(ADDRESS, 6)\n"
        "kernel('process_vm_writev', VICTIM, ctypes.byref(mine), 1, ctypes.byref(other), 1, 0)",
        needs=TRACING,
    ),
    attack("slow a process down", "os.setpriority(os.PRIO_PROCESS, VICTIM, 19)"),
    attack("keep a process from every processor but one", "os.sched_setaffinity(VICTIM, {0})"),
    attack(
        "let a process run only when nobody else does",
        "os.sched_setscheduler(VICTIM, os.SCHED_IDLE, os.sched_param(0))",
    ),
    attack("lower the limits of a process", "resource.prlimit(VICTIM, resource.RLIMIT_NOFILE, (8, 8))"),
    attack("have a process killed first", "open(f'/proc/{VICTIM}/oom_score_adj', 'w').write('1000')"),
    attack(
        "join the namespaces of a process",
        "must(libc.setns(os.open(f'/proc/{VICTIM}/ns/pid', os.O_RDONLY), 0)); won()",
        needs=ROOT,
    ),
    attack(
        "read shared memory of System V",
        "at = libc.shmat(must(libc.shmget(IPC_KEY, 0, 0)), None, 0); say(ctypes.string_at(at))",
    ),
    attack(
        "write to shared memory of System V",
        "at = libc.shmat(must(libc.shmget(IPC_KEY, 0, 0)), None, 0); ctypes.memmove(at, b'harmed', 6)",
    ),
    attack("set a semaphore", "must(libc.semctl(must(libc.semget(IPC_KEY, 1, 0)), 0, 16, 0))"),
    attack("remove a semaphore", "must(libc.semctl(must(libc.semget(IPC_KEY, 1, 0)), 0, 0, 0))"),
    attack(
        "take a message of System V",
        "room = ctypes.create_string_buffer(99)\n"
        "must(libc.msgrcv(must(libc.msgget(IPC_KEY, 0)), room, 80, 0, 0)); say(room.raw)",
    ),
    attack(
        "take a message of a queue",
        "room = ctypes.create_string_buffer(9000)\n"
        "queue = kernel('mq_open', QUEUE.encode(), os.O_RDWR, 0, None)\n"
        "kernel('mq_timedreceive', queue, room, 9000, None, None); say(room.raw)",
    ),
    attack("remove a queue", "kernel('mq_unlink', QUEUE.encode()); won()"),
    attack("read a key of the session", READS_KEY.format(ring=-3, name="KEY"), needs=KEYRINGS),
    attack("read a key of the user", READS_KEY.format(ring=-4, name="KEY_OF_USER"), needs=KEYRINGS),
    attack("see the keys", "won() if KEY in open('/proc/keys').read() else None", needs=KEYRINGS),
)
