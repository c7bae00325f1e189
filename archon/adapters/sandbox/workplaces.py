"""What sandboxes take of the machine: a workspace each, a user id for it, and small files of their own."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from archon.adapters.sandbox.layout import etc_files
from archon.adapters.sandbox.marks import is_of_the_living, own_mark
from archon.adapters.sandbox.seats import Seat, Seats, first_user
from archon.domain.errors import InvalidInput, NotFound
from archon.domain.execution import SandboxSpec
from archon.ports.folder import Folder, FolderSource

Kind: TypeAlias = Literal["pid", "probe", "trial"]

_LEFT = re.compile(r"(?:pid|probe|trial)-(\d+-\d+)-.+", re.DOTALL)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A workspace that belongs to the user of a sandbox until it is left."""

    path: Path
    """Without a link in it."""
    folder: Folder
    user: int | None
    """A user id that nobody else has; None where commands run as the caller."""
    leave: Callable[[], None]
    """Gives it back, to whom it belonged where the spec says so. To be called once."""


class Workplaces:
    """Made by a provider, and opened before all else. As root each workspace gets a user id of its own."""

    def __init__(self, scratch: Path, folders: FolderSource) -> None:
        """`scratch` is a folder for locks and small files, made when needed and safe to share between
        processes."""
        self._scratch = scratch
        self._folders = folders
        self._seats: Seats | None = None

    async def open(self) -> None:
        """Remove what dead processes left. Raises: SandboxUnavailable where there are no user ids to give."""
        if os.geteuid() == 0:
            self._seats = Seats(self._scratch / "users", first_user())
        await asyncio.to_thread(self._sweep)

    @property
    def has_users(self) -> bool:
        """Whether sandboxes get user ids that nobody else has."""
        return self._seats is not None

    async def take(self, spec: SandboxSpec) -> Workplace:
        """Hand a workspace over to a sandbox.

        Raises: InvalidInput when it is no folder; SandboxUnavailable when all user ids are in use.
        """
        path = spec.workspace.resolve()
        if not path.is_dir():
            raise InvalidInput(f"There is no folder {spec.workspace} to be the workspace.")
        with ExitStack() as taken:
            user = None
            if self._seats is not None:
                seat = self._seats.take(path)
                taken.callback(self._seats.leave, seat)
                taken.callback(self._hand_back, spec, path, seat)
                user = seat.user
            folder = self._folders.open(path, owner=user)
            await asyncio.to_thread(folder.hand_over)
            return Workplace(path=path, folder=folder, user=user, leave=taken.pop_all().close)

    def etc(self, user: int) -> Path:
        """The folder with the generated /etc files for a user id: always the same, so never removed."""
        folder = self._scratch / "etc" / str(user)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in etc_files(user).items():
            if not (folder / name).exists():
                fresh = folder / f"{name}.{os.getpid()}"
                fresh.write_text(text)
                fresh.chmod(0o644)
                fresh.rename(folder / name)
        return folder

    def fresh(self, kind: Kind) -> Path:
        """A place for a small file, which is removed by others when this process is killed."""
        return self._scratch / f"{kind}-{own_mark()}-{next(_numbers)}"

    @contextmanager
    def temporary(self, kind: Kind) -> Iterator[Path]:
        """An empty folder for a while, which is removed by others when this process is killed."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{kind}-{own_mark()}-", dir=self._scratch) as folder:
            yield Path(folder)

    def _hand_back(self, spec: SandboxSpec, path: Path, seat: Seat) -> None:
        if spec.hands_back and seat.is_last():
            before = seat.holder
            with suppress(NotFound):
                self._folders.open(path, owner=before.user, group=before.group).hand_over(made_by=seat.user)

    def _sweep(self) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        scratch = self._folders.open(self._scratch)
        for place in self._scratch.iterdir():
            left = _LEFT.fullmatch(place.name)
            if left is not None and not is_of_the_living(left[1]):
                scratch.remove(place.name)
