"""Gives everything in a folder to one user."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import NamedTuple

from archon.adapters.folder.beneath import opened


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


def _given(folder: int, owner: Owner, made_by: int | None) -> list[str]:
    """Hand over what is in the open folder, and return the names of the folders in it."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                seen = entry.stat(follow_symlinks=False)
                has_one_name = seen.st_nlink == 1 or stat.S_ISDIR(seen.st_mode)
                if seen.st_uid != owner.user and (has_one_name or seen.st_uid == made_by):
                    os.chown(entry.name, owner.user, owner.group, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(seen.st_mode):
                    folders.append(entry.name)
    return folders
