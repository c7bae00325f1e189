"""User ids for sandboxes made by root: nobody else has them, and no two live sandboxes share one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from archon.domain.errors import SandboxUnavailable

_WANTED_FIRST = 1_879_048_192
"""Above everything that distributions, containers and services are given. Source: systemd's UIDS-GIDS."""
_SMALL_FIRST = 64_100
"""For a container that has only 65,536 ids: Debian leaves these to nobody."""
COUNT = 800


class Seat:
    """A user id in use, until it is left as often as it was taken."""

    def __init__(self, user: int, lock: int, place: tuple[int, int]) -> None:
        self.user = user
        self.place = place
        self.taken = 1
        self._lock = lock

    def free(self) -> None:
        os.close(self._lock)


class Seats:
    """Hands out user ids, locked in files of `folder` against other processes."""

    def __init__(self, folder: Path, first: int) -> None:
        self._folder = folder
        self._first = first
        self._taken: dict[tuple[int, int], Seat] = {}

    def take(self, workspace: Path) -> Seat:
        """A user id for a sandbox around `workspace`: where possible the one its files belong to already.

        Sandboxes of one folder share it, or they could not read each other's files there.
        Raises: SandboxUnavailable when all are in use.
        """
        seen = workspace.stat()
        place = (seen.st_dev, seen.st_ino)
        if place in self._taken:
            self._taken[place].taken += 1
            return self._taken[place]
        seat = self._free_seat(seen.st_uid - self._first, place)
        self._taken[place] = seat
        return seat

    def leave(self, seat: Seat) -> None:
        seat.taken -= 1
        if not seat.taken:
            del self._taken[seat.place]
            seat.free()

    def _free_seat(self, last: int, place: tuple[int, int]) -> Seat:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        start = last if 0 <= last < COUNT else place[1]
        for offset in range(COUNT):
            user = self._first + (start + offset) % COUNT
            lock = self._locked(user)
            if lock is not None:
                return Seat(user, lock, place)
        raise SandboxUnavailable(
            f"All {COUNT} user ids for sandboxes are in use.", hint="Run fewer tasks at once."
        )

    def _locked(self, user: int) -> int | None:
        file = os.open(self._folder / str(user), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file


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
