"""How bubblewrap is called, and what becomes of it on the way to the agent inside."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from archon.adapters.sandbox import live
from archon.adapters.sandbox.commands import entering, without_privileges
from archon.adapters.sandbox.groups import Group
from archon.adapters.sandbox.limits import counts_by_namespace, single
from archon.adapters.sandbox.link import Link
from archon.adapters.sandbox.namespace import Namespace
from archon.adapters.sandbox.process import memory_file
from archon.adapters.sandbox.programs import Bubblewrap
from archon.adapters.sandbox.refusals import refusal
from archon.adapters.sandbox.seccomp import seccomp_filter
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits

USER_INSIDE = 1000
"""What an ordinary user is called inside its own user namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """How the processes of one sandbox are kept apart."""

    bubblewrap: str
    arguments: tuple[str, ...]
    """Its namespaces and its root."""
    python: str
    """The Python inside that runs the agent."""
    user: int | None
    """The user id of everything inside; None in a user namespace."""
    group: Group | None
    """What counts memory and processes; None where a watchdog does."""
    limits: SandboxLimits

    async def start(self) -> live.Live:
        """The sandbox, up. Raises: SandboxUnavailable with the cure."""
        words = b"".join(os.fsencode(word) + b"\0" for word in self.arguments)
        try:
            with ExitStack() as always, ExitStack() as on_failure:
                link = Link()
                on_failure.callback(link.close)
                inside = Namespace()
                on_failure.callback(inside.close)
                arguments = memory_file("arguments", words)
                always.callback(os.close, arguments)
                calls = memory_file("calls", seccomp_filter())
                always.callback(os.close, calls)
                up = await live.started(
                    lambda other_end: [
                        *self._outer(arguments, inside.writer, calls),
                        *self._inner(other_end),
                    ],
                    link=link,
                    inside=inside,
                    descriptors=(arguments, inside.writer, calls),
                    owner=self.user,
                    refusal=refusal,
                )
                on_failure.pop_all()
                return up
        except OSError as error:
            raise SandboxUnavailable(
                f"The sandbox cannot start: {error}.",
                hint="Raise the limit of open files, or run fewer at once.",
            ) from error

    def _outer(self, arguments: int, status: int, calls: int) -> list[str]:
        entrances = self.group.entrances if self.group else []
        descriptors = ["--args", str(arguments), "--json-status-fd", str(status), "--seccomp", str(calls)]
        return [*entering(entrances), self.bubblewrap, *descriptors, "--"]

    def _inner(self, link: int) -> list[str]:
        is_alone = self.group is None
        is_counted = self.user is not None or counts_by_namespace()
        limits = single(self.limits, memory=is_alone, processes=is_alone and is_counted)
        limits.append("msgqueue=0")  # queues would outlive their command, and nobody could see them
        unprivileged = without_privileges(self.user) if self.user is not None else []
        return [*unprivileged, self.python, "-I", "-S", "-B", "-c", _agent(), str(link), *limits]


def namespaces(bubblewrap: Bubblewrap, *, as_root: bool) -> list[str]:
    """Arguments for namespaces of its own, and no more rights than it takes to give them all up."""
    arguments = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    arguments += ["--hostname", "sandbox", "--die-with-parent", "--new-session", "--as-pid-1"]
    arguments += ["--cap-drop", "ALL"]
    if as_root:
        # What it takes to become somebody else; becoming that takes them away.
        return [
            *arguments,
            *("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"),
        ]
    arguments += ["--unshare-user", "--uid", str(USER_INSIDE), "--gid", str(USER_INSIDE)]
    return [*arguments, *(["--disable-userns"] if bubblewrap.can("--disable-userns") else [])]


@cache
def _agent() -> str:
    return files("archon.adapters.sandbox").joinpath("agent.py").read_text("utf-8")
