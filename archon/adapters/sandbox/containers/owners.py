"""Whose a container is, told by its name, so that nothing outlives the process that made it for long."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.sandbox.containers.client import Client

_NAME = re.compile(r"archon-([0-9a-f]{8})-(\d+)-(\d+)-(\d+)-\d+-(sandbox|command)")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told from all others of its number that there have been or are elsewhere."""

    boot: str
    """The first part of the id of the machine's last start."""
    names: int
    """The inode of its PID namespace: another container's processes have numbers of their own."""
    pid: int
    started: str
    """Ticks since the start of the machine, or empty when there is no such process."""

    @classmethod
    def of(cls, pid: int) -> Owner:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
        return cls(boot, Path("/proc/self/ns/pid").stat().st_ino, pid, _started(pid))

    @property
    def label(self) -> str:
        return f"{self.pid}-{self.started}"

    def is_dead(self) -> bool:
        """Whether it is known to live no more; False for one that cannot be seen from here."""
        here = Owner.of(self.pid)
        if self.boot != here.boot:
            return True
        return self.names == here.names and self.started != here.started


def fresh_name(kind: str) -> str:
    """A name for a container of this process; `kind` is `sandbox` or `command`."""
    owner = Owner.of(os.getpid())
    return f"archon-{owner.boot}-{owner.names}-{owner.label}-{next(_numbers)}-{kind}"


async def sweep(client: Client) -> None:
    """Remove the containers of processes that live no more. Raises: SandboxUnavailable."""
    listed = await client.answer("ps", "--all", "--filter", "label=archon=1", "--format", "{{.Names}}")
    left = [name for name in listed.split() if _is_left(name)]
    # A sandbox can be removed only after the commands that share its network.
    for kind in ("command", "sandbox"):
        names = [name for name in left if name.endswith(kind)]
        if names:
            await client.call("rm", "--force", *names)


def _is_left(name: str) -> bool:
    parts = _NAME.fullmatch(name)
    return parts is not None and Owner(parts[1], int(parts[2]), int(parts[3]), parts[4]).is_dead()


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return stat.rpartition(")")[2].split()[19]
