"""Gives what is in a folder to one user, through descriptors: a name may come to mean something else."""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from typing import NamedTuple

from archon.adapters.folder.beneath import opened

_AT_EMPTY_PATH = 0x1000
"""The descriptor itself is meant. Source: fchownat(2)."""
_KEPT = (stat.S_IFSOCK, stat.S_IFIFO)
"""What leads to a program that has it open: whoever could use it before can go on, and nobody else."""


class Owner(NamedTuple):
    user: int
    group: int


def hand_over(root: int, owner: Owner, made_by: int | None) -> None:
    """Make the open folder and all in it belong to `owner`, but for files that have names elsewhere.

    Files of user id `made_by` can have none.
    """
    if os.fstat(root).st_uid != owner.user:
        os.fchown(root, owner.user, owner.group)
    pending = [""]
    while pending:
        at = pending.pop()
        prefix = f"{at}/" if at else ""
        with contextlib.suppress(OSError), opened(root, at) as folder:  # gone meanwhile, or too deep to name
            pending += [prefix + name for name in _given(folder, owner, made_by)]


def give(folder: int, name: str, owner: Owner, made_by: int | None = None) -> None:
    """Hand over one name in the open folder, unless it is what has to be left alone.

    What it names now is looked at and given, whatever it is made to name meanwhile.
    """
    with contextlib.suppress(FileNotFoundError):
        there = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            seen = os.fstat(there)
            has_one_name = seen.st_nlink == 1 or stat.S_ISDIR(seen.st_mode)
            is_kept = stat.S_IFMT(seen.st_mode) in _KEPT and seen.st_uid != made_by
            if seen.st_uid != owner.user and not is_kept and (has_one_name or seen.st_uid == made_by):
                _chown(there, owner)
        finally:
            os.close(there)


def _given(folder: int, owner: Owner, made_by: int | None) -> list[str]:
    """Hand over what is in the open folder, and return the names of the folders in it."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                seen = entry.stat(follow_symlinks=False)
                if seen.st_uid != owner.user:
                    give(folder, entry.name, owner, made_by)
                if stat.S_ISDIR(seen.st_mode):
                    folders.append(entry.name)
    return folders


def _chown(descriptor: int, owner: Owner) -> None:
    """Of what an O_PATH descriptor stands for, a link too. Raises: OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.fchownat(descriptor, b"", owner.user, owner.group, _AT_EMPTY_PATH):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
