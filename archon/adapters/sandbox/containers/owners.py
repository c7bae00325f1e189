"""Whose a container is, told by its name, so that nothing outlives the process that made it for long."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.sandbox.containers.client import Client
from archon.adapters.sandbox.marks import is_of_the_living, own_mark

_NAME = re.compile(r"archon-([0-9a-f]{8})-(\d+)-(\d+-\d+)-\d+-(sandbox|command)")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told from all others that there have been or are elsewhere: engines serve all of them."""

    boot: str
    """The first part of the id of the machine's last start."""
    names: int
    """The inode of its PID namespace: another container's processes have numbers of their own."""
    mark: str

    @classmethod
    def own(cls) -> Owner:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
        return cls(boot, Path("/proc/self/ns/pid").stat().st_ino, own_mark())

    def is_dead(self) -> bool:
        """Whether it is known to live no more; False for one that cannot be seen from here."""
        here = Owner.own()
        if self.boot != here.boot:
            return True
        return self.names == here.names and not is_of_the_living(self.mark)


def fresh_name(kind: str) -> str:
    """A name for a container of this process; `kind` is `sandbox` or `command`."""
    owner = Owner.own()
    return f"archon-{owner.boot}-{owner.names}-{owner.mark}-{next(_numbers)}-{kind}"


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
    return parts is not None and Owner(parts[1], int(parts[2]), parts[3]).is_dead()
