"""Runs as the first process of a sandbox: restricts itself, starts the agent, and ends all that it started.

Three domains lie in each other: the guard's, the agent's and each command's. Landlock lets signals through
inwards only, so neither guard nor agent can be killed or looked into by a command, while each of them
reaches all below it at one blow. The guard ends everything when the agent has ended or the host has let go
of `control`; the agent does when the guard has gone. `life` is held open by both, and by nobody else.

It and the modules that it imports run as scripts, without the rest of Archon.
"""

from __future__ import annotations

import base64
import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TypedDict

from archon.adapters.sandbox import agent
from archon.adapters.sandbox.landlock import kernel
from archon.adapters.sandbox.landlock.answering import Answerer

UNREACHABLE = "its user cannot reach"
_READ = kernel.EXECUTE | kernel.READ_FILE | kernel.READ_FOLDER
_USE = kernel.READ_FILE | kernel.WRITE_FILE
_CHANGE = kernel.EVERY_FILE_RIGHT & ~(
    kernel.IOCTL_DEVICE | kernel.MAKE_CHARACTER_DEVICE | kernel.MAKE_BLOCK_DEVICE | kernel.MAKE_SOCKET
)


class Policy(TypedDict):
    """Descriptors, resolved paths, and filters in base64."""

    link: int
    control: int
    life: int
    wanted: list[str]
    """Shown read-only, and needed."""
    readable: list[str]
    """Shown read-only where they are there."""
    usable: list[str]
    """Devices."""
    writable: list[str]
    private: str
    """The one of the writable folders that must be empty for a next command."""
    limits: list[str]
    """As the agent takes them."""
    seccomp: int
    """The number of that system call."""
    answered: dict[str, str]
    """The calls that the guard carries out: number → name."""
    filters: tuple[str, str]
    """The one that leaves calls to the guard, and the one that every sandbox has."""


def main(policy: Policy) -> NoReturn:
    try:
        for descriptor in (policy["link"], policy["control"], policy["life"]):
            os.set_inheritable(descriptor, False)
        kernel.control(kernel.SET_NO_NEW_PRIVILEGES, 1)
        kernel.control(agent.SET_SUBREAPER, 1)
        kernel.give_up_capabilities()
        with _killed_first():
            confine(policy)
            ours, first = started(policy)
    except BaseException as error:  # noqa: BLE001 - nothing of it may go on
        agent.complain(2, str(error))
        os._exit(1)
    try:
        stand_by(policy, ours, first)
    except BaseException as error:  # noqa: BLE001 - whatever happens, nothing may go on
        agent.complain(2, f"the guard cannot go on: {error}")
    finally:
        end_all()
        os._exit(0)


def started(policy: Policy) -> tuple[socket.socket, int]:
    """Fork the agent: where it tells its listener, and its process."""
    signal.signal(signal.SIGCHLD, lambda *_: None)
    ours, theirs = socket.socketpair()
    guard = os.getpid()
    first = os.fork()
    if first == 0:
        ours.close()
        os.close(policy["control"])
        run_agent(policy, guard, theirs)
    theirs.close()
    os.close(policy["link"])
    return ours, first


def confine(policy: Policy) -> None:
    """Restrict this process to what the sandbox may see. Raises: OSError."""
    rules = kernel.ruleset(
        files=kernel.EVERY_FILE_RIGHT,
        network=kernel.EVERY_NETWORK_RIGHT,
        scopes=kernel.OWN_SOCKETS_AND_SIGNALS,
    )
    for place in policy["readable"]:
        with suppress(OSError):
            kernel.allow(rules, place, _READ)
    for places, rights in (("wanted", _READ), ("usable", _USE), ("writable", _CHANGE)):
        for place in policy[places]:  # type: ignore[literal-required]
            try:
                kernel.allow(rules, place, rights)
            except OSError as error:
                raise OSError(f"{UNREACHABLE} {place}") from error
    kernel.restrict(rules)
    os.close(rules)
    with suppress(PermissionError):
        os.kill(os.getppid(), 0)
        raise OSError("signals reach beyond the sandbox")


def nested(policy: Policy) -> int:
    """Rules that keep signals in, and leave all else as it is.

    Some kernels take the right to move files between folders from whoever is restricted again without
    being given it again.
    """
    rules = kernel.ruleset(files=kernel.REFER, network=0, scopes=kernel.OWN_SOCKETS_AND_SIGNALS)
    for place in policy["writable"]:
        kernel.allow(rules, place, kernel.REFER)
    return rules


def run_agent(policy: Policy, guard: int, to_guard: socket.socket) -> NoReturn:
    """Be the agent of this sandbox until the host or the guard, a process, has gone."""
    try:
        signal.signal(signal.SIGTERM, lambda *_: None)
        kernel.control(kernel.SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        agent.settle(policy["limits"])
        rules = nested(policy)
        kernel.restrict(rules)
        leaving, every = map(base64.b64decode, policy["filters"])
        listener = kernel.load_answered(leaving, policy["seccomp"])
        socket.send_fds(to_guard, [b"listener"], [listener])
        os.close(listener)
        to_guard.close()
        kernel.load(every)
        os.register_at_fork(after_in_child=lambda: enter(rules))
        Agent(policy["link"], guard, policy["private"]).work()
    except BaseException as error:  # noqa: BLE001 - a fork must not go on as if it were the first process
        agent.complain(2, f"the agent cannot go on: {error}")
    finally:
        end_all()
        os._exit(0)


def enter(rules: int) -> None:
    """Restrict the process that is to become a command: from there no signal comes out any more."""
    try:
        kernel.restrict(rules)
    except BaseException as error:  # noqa: BLE001 - the interpreter would print it and go on
        agent.complain(2, f"not started: {error}")
        os._exit(126)


class Agent(agent.Agent):
    """One that is not the first process, but reaches all that it started, and can be left by its guard."""

    def __init__(self, link: int, guard: int, private: str) -> None:
        super().__init__(socket.socket(fileno=link))
        self._guard = guard
        self._private = private
        self.reap()

    def reap(self) -> None:
        super().reap()
        if os.getppid() != self._guard:
            raise ProcessLookupError("its guard has gone")

    def sweep(self) -> bool:
        end_all()
        return True

    def is_tidy(self) -> bool:
        try:
            return not os.listdir(self._private)
        except OSError:  # it was locked
            return False


def stand_by(policy: Policy, agent_end: socket.socket, first: int) -> None:
    """Carry out calls until the agent has ended, or the host wants an end."""
    woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    _, listeners = agent.received(agent_end)
    if not listeners:
        return
    names = {int(number): name for number, name in policy["answered"].items()}
    answerer = Answerer(listeners[0], names, policy["writable"])
    poll = select.poll()
    for descriptor in (policy["control"], woken, listeners[0]):
        poll.register(descriptor, select.POLLIN)
    while True:
        events = dict(poll.poll())
        if policy["control"] in events or any(pid == first for pid, _ in agent.ended(os.WNOHANG)):
            return
        if woken in events:
            os.read(woken, 4096)
        if events.get(listeners[0], 0) & select.POLLIN:
            answerer.answer()


def end_all() -> None:
    """Kill all that was started here, which Landlock keeps the signal to, and wait until it is gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(-1, signal.SIGKILL)
    for _ in agent.ended(0):
        pass


@contextmanager
def _killed_first() -> Iterator[None]:
    """Have what is started here be the first to go when memory runs out, but not the guard."""
    try:
        file = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        yield
        return
    before = os.read(file, 16)
    os.write(file, b"1000")
    yield
    os.write(file, before)
    os.close(file)
