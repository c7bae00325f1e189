"""Folders of the host that stand for a sandbox's /tmp: those of dead processes are swept."""

from __future__ import annotations

import fcntl
import itertools
import os
import secrets
from pathlib import Path

from archon.ports.folder import Folder, FolderSource


class PrivateFolder:
    """Nobody but its owner can look into it."""

    def __init__(self, path: Path, owner: int | None, within: Folder) -> None:
        self.path = path
        self.owner = owner
        self._within = within
        self._is_used = False
        self._make()

    def use(self) -> None:
        """Make sure that it is as it was at first, whatever was done to it."""
        if self._is_used:
            self.remove()
            self._make()
        self._is_used = True

    def remove(self) -> None:
        self._within.remove(self.path.name)

    def _make(self) -> None:
        self.path.mkdir(mode=0o700)
        if self.owner is not None:
            os.chown(self.path, self.owner, self.owner)


class PrivateFolders:
    """They lie in a folder of this process below `place`, which is locked while the process lives."""

    def __init__(self, place: Path, folders: FolderSource) -> None:
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o711)
        _sweep(place, folders.open(place))
        self._lock, self.own = _locked_folder(place.resolve())
        self._within = folders.open(self.own)
        self._numbers = itertools.count(1)
        self.programs = self.own / "programs"

    def make(self, owner: int | None) -> PrivateFolder:
        """An empty folder for `owner`, by default this user."""
        return PrivateFolder(self.own / str(next(self._numbers)), owner, self._within)

    def call(self, program: Path, *names: str) -> None:
        """Have a program found by these names in the folder `programs`."""
        self.programs.mkdir()
        self.programs.chmod(0o755)
        for name in names:
            (self.programs / name).symlink_to(program)


def _sweep(place: Path, within: Folder) -> None:
    for each in place.iterdir():
        lock = _locked(each)
        if lock is not None:
            within.remove(each.name)
            os.close(lock)


def _locked_folder(place: Path) -> tuple[int, Path]:
    """A new folder, and the lock on it. Another process may sweep it in the moment before that."""
    while True:
        folder = place / secrets.token_hex(8)
        folder.mkdir()
        lock = _locked(folder)
        if lock is not None and folder.is_dir():
            folder.chmod(0o711)
            return lock, folder
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
