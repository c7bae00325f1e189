"""Control groups: the kernel's own account of what all processes of a sandbox use together."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from archon.adapters.sandbox.marks import is_of_the_living, own_mark
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits

_MOUNTED = Path("/sys/fs/cgroup")
_REMOVE_TRIES = 300
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Group:
    """One sandbox's control group: one folder where there is one hierarchy, one per controller in v1."""

    memory: Path
    pids: Path

    @property
    def entrances(self) -> list[str]:
        """Files into which a process writes 0 to be counted here."""
        return [str(folder / "cgroup.procs") for folder in sorted({self.memory, self.pids})]

    def memory_kills(self) -> int:
        """How many processes the kernel has killed for want of memory so far."""
        for name in ("memory.events", "memory.oom_control"):
            with contextlib.suppress(FileNotFoundError):
                words = [line.split() for line in (self.memory / name).read_text().splitlines()]
                return sum(int(word[1]) for word in words if word[0] == "oom_kill")
        return 0

    async def remove(self) -> None:
        """Remove it once the kernel has let go of its last process: a matter of microseconds."""
        for folder in {self.memory, self.pids}:
            for _ in range(_REMOVE_TRIES):
                if _removed(folder):
                    break
                await asyncio.sleep(0.01)


class Groups:
    """A place where this process may make control groups."""

    def __init__(self, memory: Path, pids: Path) -> None:
        self._memory = memory
        self._pids = pids

    @property
    def version(self) -> str:
        return "v2" if self._memory == self._pids else "v1"

    def create(self, limits: SandboxLimits) -> Group:
        """A fresh group with the limits set. Raises: SandboxUnavailable."""
        name = f"archon-{own_mark()}-{next(_numbers)}"
        group = Group(self._memory / name, self._pids / name)
        try:
            for folder in {group.memory, group.pids}:
                folder.mkdir()
            _limit(group, limits)
        except OSError as error:
            raise SandboxUnavailable(
                f"No control group could be made: {error}.", hint="Look at /sys/fs/cgroup, or run as a user."
            ) from error
        return group

    def sweep(self) -> None:
        """Kill and remove what processes that live no more have left behind."""
        for parent in {self._memory, self._pids}:
            for folder in parent.glob("archon-*-*-*"):
                mark = folder.name.removeprefix("archon-").rpartition("-")[0]
                if not is_of_the_living(mark):
                    _kill_members(folder)
                    _remove_soon(folder)


def find(mounted: Path = _MOUNTED, membership: Path = Path("/proc/self/cgroup")) -> Groups | None:
    """Where control groups for memory and processes can be made: v2, else v1, else None.

    In v2 a group that has processes cannot hand controllers down, so it is the nearest one above this
    process that does. Found by making one.
    """
    try:
        places = [line.split(":", 2)[1:] for line in membership.read_text().splitlines()]
    except OSError:
        return None
    own = {name: path.lstrip("/") for names, path in places for name in names.split(",")}
    for groups in _candidates(mounted, own):
        try:
            group = groups.create(SandboxLimits())
        except SandboxUnavailable:
            continue
        for folder in {group.memory, group.pids}:
            _removed(folder)
        return groups
    return None


def _candidates(mounted: Path, own: dict[str, str]) -> list[Groups]:
    inner = mounted / own.get("", "")
    unified = [folder for folder in (inner, *inner.parents) if folder.is_relative_to(mounted)]
    able = [folder for folder in unified if {"memory", "pids"} <= set(_handed_down(folder))]
    found = [Groups(folder, folder) for folder in able[:1]]
    if {"memory", "pids"} <= own.keys():
        found.append(Groups(mounted / "memory" / own["memory"], mounted / "pids" / own["pids"]))
    return found


def _handed_down(folder: Path) -> list[str]:
    try:
        return (folder / "cgroup.subtree_control").read_text().split()
    except OSError:
        return []


def _limit(group: Group, limits: SandboxLimits) -> None:
    memory = str(limits.memory_mb << 20)
    if group.memory == group.pids:
        (group.memory / "memory.max").write_text(memory)
        _write_if_there(group.memory / "memory.swap.max", "0")
    else:
        (group.memory / "memory.limit_in_bytes").write_text(memory)
        _write_if_there(group.memory / "memory.memsw.limit_in_bytes", memory)
    (group.pids / "pids.max").write_text(str(limits.pids))


def _write_if_there(file: Path, text: str) -> None:
    if file.exists():
        file.write_text(text)


def _kill_members(folder: Path) -> None:
    for member in (folder / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(member), signal.SIGKILL)


def _remove_soon(folder: Path) -> None:
    """Blocks until the kernel has let go of its last process, three seconds at most."""
    for _ in range(_REMOVE_TRIES):
        if _removed(folder):
            return
        time.sleep(0.01)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
