"""User ids for sandboxes made by root: nobody else has them, and each belongs to one workspace at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from archon.domain.errors import SandboxUnavailable

_WANTED_FIRST = 1_879_048_192
"""Above everything that distributions, containers and services are given. Source: systemd's UIDS-GIDS."""
_SMALL_FIRST = 64_100
"""For a container that has only 65,536 ids: Debian leaves these to nobody."""
COUNT = 800


@dataclass(frozen=True, slots=True)
class Holder:
    """What stands in a seat's file: a workspace, and whose it was before."""

    device: int
    inode: int
    user: int
    group: int

    @property
    def place(self) -> tuple[int, int]:
        return self.device, self.inode

    @classmethod
    def read(cls, file: int) -> Holder | None:
        with suppress(TypeError, ValueError):
            return cls(*map(int, os.pread(file, 200, 0).split()))
        return None

    def write(self, file: int) -> None:
        os.ftruncate(file, 0)
        os.pwrite(file, f"{self.device} {self.inode} {self.user} {self.group}\n".encode(), 0)


@dataclass(slots=True)
class Seat:
    """A user id in use for one workspace, until it is left as often as it was taken."""

    user: int
    holder: Holder
    _lock: int
    taken: int = field(default=1)

    def is_last(self) -> bool:
        """Whether no other process uses it either."""
        is_alone = _locks(self._lock, fcntl.LOCK_EX)
        if not is_alone:
            _locks(self._lock, fcntl.LOCK_SH)  # a lock that could not be changed is lost (flock(2))
        return is_alone and self.taken == 1

    def free(self) -> None:
        os.close(self._lock)


class Seats:
    """Hands out user ids; files of `folder`, locked, tell other processes which and for what."""

    def __init__(self, folder: Path, first: int) -> None:
        self._folder = folder
        self._first = first
        self._taken: dict[tuple[int, int], Seat] = {}

    def take(self, workspace: Path) -> Seat:
        """A user id for a sandbox around `workspace`: where possible the one its files belong to already.

        Sandboxes of one folder share it, also those of other processes, or they could not read each
        other's files there. Raises: SandboxUnavailable when all are in use.
        """
        seen = workspace.stat()
        place = (seen.st_dev, seen.st_ino)
        if place in self._taken:
            self._taken[place].taken += 1
            return self._taken[place]
        holder = self._before(seen)
        seat = self._free_seat(seen.st_uid - self._first, holder)
        self._taken[place] = seat
        return seat

    def leave(self, seat: Seat) -> None:
        seat.taken -= 1
        if not seat.taken:
            del self._taken[seat.holder.place]
            seat.free()

    def _before(self, seen: os.stat_result) -> Holder:
        """Whose the workspace was before any sandbox had it, as far as that is known."""
        if 0 <= seen.st_uid - self._first < COUNT:
            with suppress(FileNotFoundError):
                file = os.open(self._folder / str(seen.st_uid), os.O_RDONLY | os.O_CLOEXEC)
                found = Holder.read(file)
                os.close(file)
                if found is not None and found.place == (seen.st_dev, seen.st_ino):
                    return found
            return Holder(seen.st_dev, seen.st_ino, os.geteuid(), os.getegid())
        return Holder(seen.st_dev, seen.st_ino, seen.st_uid, seen.st_gid)

    def _free_seat(self, last: int, holder: Holder) -> Seat:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        start = last if 0 <= last < COUNT else holder.inode
        for offset in range(COUNT):
            user = self._first + (start + offset) % COUNT
            lock = self._locked(user, holder)
            if lock is not None:
                return Seat(user, holder, lock)
        raise SandboxUnavailable(
            f"All {COUNT} user ids for sandboxes are in use.", hint="Run fewer tasks at once."
        )

    def _locked(self, user: int, holder: Holder) -> int | None:
        """The seat's file, locked against other workspaces; None where one of them has it."""
        file = os.open(self._folder / str(user), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _locks(file, fcntl.LOCK_EX):
            holder.write(file)
            if _locks(file, fcntl.LOCK_SH):
                return file
        elif _locks(file, fcntl.LOCK_SH) and Holder.read(file) == holder:
            return file
        os.close(file)
        return None


def _locks(file: int, kind: int) -> bool:
    """Lock the file so, or change its lock into such a one; whether that was to be had at once."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def first_user(uid_map: Path = Path("/proc/self/uid_map")) -> int:
    """The first of the user ids for sandboxes, among those that exist here (user_namespaces(7)).

    Raises: SandboxUnavailable when this machine (a container, then) has none to give.
    """
    lines = uid_map.read_text().splitlines()
    extents = [(int(start), int(count)) for start, _, count in map(str.split, lines)]
    for first in (_WANTED_FIRST, _SMALL_FIRST):
        if any(start <= first and first + COUNT <= start + count for start, count in extents):
            return first
    raise SandboxUnavailable(
        "This container has no user ids to give to sandboxes.",
        hint="Give it a full range of ids, or run Archon as an ordinary user.",
    )
