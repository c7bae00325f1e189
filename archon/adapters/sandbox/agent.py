"""The first program in a sandbox: starts commands, takes in orphans, and leaves nothing of a command behind.

It runs inside, as a script that imports nothing of Archon, with the rights of the commands and under the
same filter. So what it says is checked by `link.py`, which speaks to it. The protocol, one packet a line:

    run N, serve N     with a request, stdin, stdout, stderr   answered by   ended N STATUS clean|dirty
    stop N             kills the command that N is
    dial N PORT        answered by   given N   with a socket that is connecting
    listen N PORT      answered by   given N   with a socket that listens

A request is a file of words with NULs between them: folder, number of variables, variables, argv. One `run`
is under way at a time, with any number of servers. `dirty` asks for a new sandbox in the place of this one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import NoReturn

SET_DUMPABLE, SET_SUBREAPER = 4, 36
"""Numbers of prctl(2)."""
ROUNDS = 200
"""How often those that must die are looked for, where they cannot all be killed at one blow."""
PRIVATE_FOLDERS = ("/tmp", "/dev/shm")  # noqa: S108
KERNEL_LISTS = tuple(f"/proc/sysvipc/{kind}" for kind in ("msg", "sem", "shm"))
"""After a heading, each has a line for every thing that outlived its process."""

control = ctypes.CDLL(None).prctl


class Agent:
    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.commands: dict[int, int] = {}
        """Process → the number of the command that it is."""
        self.servers: set[int] = set()
        """The processes among them that other commands do not end."""
        self.listeners = 0
        """Sockets inside that were passed out and listen there."""
        self.is_first = os.getpid() == 1
        self.share = processor_share()
        self.woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nobody inside can send the first process such a one
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def work(self) -> None:
        """Until the other end of the link is closed."""
        self.link.send(b"ready")
        poll = select.poll()
        poll.register(self.link, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self.woken in ready:
                os.read(self.woken, 4096)
                self.reap()
            if self.link.fileno() in ready and not self.hear():
                break
        self.servers.clear()
        if not self.is_first:
            self.sweep()

    def hear(self) -> bool:
        """Do what is said; False when the other end is closed."""
        said, files = received(self.link)
        match said.decode("ascii").split():
            case ["run" | "serve" as verb, number]:
                self.start(int(number), files, is_server=verb == "serve")
            case ["stop", number]:
                self.stop(int(number))
            case ["dial", number, port]:
                self.give(number, connecting(int(port)))
            case ["listen", number, port]:
                self.give(number, listening(int(port)))
                self.listeners += 1
        for file in files:
            os.close(file)
        return bool(said)

    def give(self, number: str, there: socket.socket) -> None:
        with there:
            socket.send_fds(self.link, [f"given {number}".encode()], [there.fileno()])

    def start(self, number: int, files: list[int], *, is_server: bool) -> None:
        try:
            process = os.fork()
        except OSError as error:
            complain(files[3], f"no process can be started: {error.strerror}")
            self.link.send(f"ended {number} {126 << 8} dirty".encode())
            return
        if process == 0:
            become(files, self.link, is_server=is_server)
        self.commands[process] = number
        if is_server:
            self.servers.add(process)

    def stop(self, number: int) -> None:
        """Kill a command, and what a server has below it; the rest is swept when its end is seen."""
        for process in [each for each, own in self.commands.items() if own == number]:
            kill({process, *(below({process}, parents()) if process in self.servers else ())})

    def reap(self) -> None:
        """Take in all that have ended, and tell of those that were commands."""
        for process, status in ended(os.WNOHANG):
            number = self.commands.pop(process, None)
            self.servers.discard(process)
            if number is None:
                continue
            is_busy = any(each not in self.servers for each in self.commands)
            is_clean = is_busy or (self.sweep() and (bool(self.servers) or self.is_tidy()))
            self.link.send(f"ended {number} {status} {'clean' if is_clean else 'dirty'}".encode())

    def sweep(self) -> bool:
        """Kill everything that is neither a server nor below one; whether that came to an end."""
        if self.is_first and not self.servers:
            # Whoever forks meanwhile cannot escape: fork fails with a signal pending (since Linux 4.19).
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
            all(ended(0))
            return True
        return any(self.killed_all_strangers() for _ in range(ROUNDS))

    def killed_all_strangers(self) -> bool:
        """Kill those that are there now, and wait for those that can be waited for; whether none was."""
        own, tree = os.getpid(), parents()
        strangers = set(below({own}, tree)) - self.servers - set(below(self.servers, tree))
        kill(strangers)
        for each in strangers:
            if tree[each] == own:
                os.waitpid(each, 0)
        return not strangers

    def is_tidy(self) -> bool:
        """Whether a next command finds nothing of this one but the workspace."""
        lists = (content(each).count(b"\n") > 1 for each in KERNEL_LISTS)
        try:
            has_files = any(map(os.listdir, PRIVATE_FOLDERS))
        except OSError:  # whose user may lock them
            return False
        is_even = processor_share() == self.share and connections() <= self.listeners
        return is_even and not (has_files or any(lists))


def become(files: list[int], link: socket.socket, *, is_server: bool) -> NoReturn:
    """Turn this forked process into the command."""
    try:
        link.close()
        request, *standard = files
        if is_server:
            control(SET_SUBREAPER, 1, 0, 0, 0)  # what it starts stays below it, and so is known
        control(SET_DUMPABLE, 1, 0, 0, 0)
        with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # before the first program, which would take all others with it
        os.setsid()
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        for place, file_number in enumerate(standard):
            os.dup2(file_number, place)
        execute(os.pread(request, os.fstat(request).st_size, 0).split(b"\0"))
    except BaseException as error:  # noqa: BLE001 - a fork must not go on as if it were the first process
        complain(2, f"not started: {error}")
    finally:
        os._exit(126)


def execute(words: list[bytes]) -> NoReturn:
    """Become the program, found as a shell would find it, or end as a shell would without it."""
    folder, count, *rest = words
    variables, argv = rest[: int(count)], rest[int(count) :]
    environment = dict(variable.split(b"=", 1) for variable in variables)
    try:
        os.chdir(folder)
    except OSError as error:
        complain(2, f"{os.fsdecode(folder)}: {error.strerror}")
        os._exit(126)
    problem: OSError = FileNotFoundError(errno.ENOENT, "not found")
    folders = [] if b"/" in argv[0] else environment.get(b"PATH", b"").split(b":")
    for place in [(each or b".") + b"/" + argv[0] for each in folders] or [argv[0]]:
        try:
            os.execve(place, argv, environment)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            if error.errno == errno.ENOEXEC:
                os.execve("/bin/sh", [b"/bin/sh", place, *argv[1:]], environment)
            problem = error
    complain(2, f"{os.fsdecode(argv[0])}: {problem.strerror}")
    os._exit(127 if problem.errno == errno.ENOENT else 126)


def received(link: socket.socket) -> tuple[bytes, list[int]]:
    """One packet with its open files, which nobody inherits (`socket.recv_fds` lets them be)."""
    said, passed, _, _ = link.recvmsg(256, socket.CMSG_SPACE(16), socket.MSG_CMSG_CLOEXEC)
    numbers = b"".join(data for _, kind, data in passed if kind == socket.SCM_RIGHTS)
    return said, list(memoryview(numbers).cast("i"))


def complain(file: int, text: str) -> None:
    with suppress(OSError):
        os.write(file, os.fsencode(f"{text}\n"))


def ended(options: int) -> Iterator[tuple[int, int]]:
    """Processes and how they ended, of those below this one, until there is no more to be had."""
    with suppress(ChildProcessError):
        while (taken := os.waitpid(-1, options))[0]:
            yield taken


def parents() -> dict[int, int]:
    """Every process that can be seen → the one that started it, or took it in."""
    tree = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
            tree[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
    return tree


def below(roots: set[int], tree: dict[int, int]) -> list[int]:
    """All that descend from `roots`."""
    found: list[int] = []
    level = roots
    while level:
        level = {each for each, parent in tree.items() if parent in level}
        found += level
    return found


def kill(processes: set[int]) -> None:
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def processor_share() -> tuple[int, set[int], int]:
    """What commands inherit, and whoever is of the same user may change."""
    return os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0), os.sched_getscheduler(0)


def connections() -> int:
    """TCP's sockets here, also those of no process that still keep a port: lists would take long to read."""
    count = 0
    for line in (content("/proc/net/sockstat") + content("/proc/net/sockstat6")).splitlines():
        kind, *words = line.split()
        if kind in {b"TCP:", b"TCP6:"}:
            figures = dict(zip(words[::2], words[1::2], strict=True))
            count += int(figures[b"inuse"]) + int(figures.get(b"tw", 0))
    return count


def content(name: str) -> bytes:
    """What a file of the kernel holds; nothing where this kernel has none."""
    with suppress(OSError), open(name, "rb") as file:
        return file.read()
    return b""


def connecting(port: int) -> socket.socket:
    """A socket on its way to a port of the loopback: whoever gets it waits for the answer."""
    there = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    there.connect_ex(("127.0.0.1", port))
    return there


def listening(port: int) -> socket.socket:
    with suppress(OSError):  # that it is taken
        return socket.create_server(("127.0.0.1", port), backlog=128)
    return socket.create_server(("127.0.0.1", 0), backlog=128)


def settle(limits: list[str]) -> None:
    """Make this process one that can be an agent, and that others of the same user cannot look into."""
    control(SET_DUMPABLE, 0, 0, 0, 0)
    control(SET_SUBREAPER, 1, 0, 0, 0)
    os.umask(0o022)
    for name, value in (limit.split("=") for limit in limits):
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (int(value), int(value)))


def main() -> None:
    link, *limits = sys.argv[1:]
    os.set_inheritable(int(link), False)
    os.closerange(int(link) + 1, 1024)
    settle(limits)
    Agent(socket.socket(fileno=int(link))).work()


if __name__ == "__main__":
    main()
