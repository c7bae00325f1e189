"""Removes whole folders however deep they are, with a constant number of descriptors and no recursion."""

from __future__ import annotations

import contextlib
import os
import secrets

from archon.adapters.folder.beneath import changeable, unlock


def temporary_name() -> str:
    """A name that nothing else has, short enough for any file system."""
    return f".archon-{secrets.token_hex(8)}"


def remove(parent: int, name: str) -> None:
    """Remove a file, link or whole folder from the open folder `parent`; nothing when it is not there."""
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return
    except IsADirectoryError:
        _remove_folder(parent, name)


def _remove_folder(parent: int, name: str) -> None:
    """Pull every inner folder up beside the outer one, so that depth never matters."""
    pending = [name]
    while pending:
        current = pending.pop()
        with changeable(parent, current) as folder:
            pending += _emptied(folder, parent)
        os.rmdir(current, dir_fd=parent)


def _emptied(folder: int, parent: int) -> list[str]:
    """Remove what is in the open folder, and move its folders to `parent`: their new names."""
    moved = []
    with os.scandir(folder) as entries:
        inside = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in inside:
        with contextlib.suppress(FileNotFoundError):
            if is_folder:
                unlock(folder, name)
                moved.append(temporary_name())
                os.rename(name, moved[-1], src_dir_fd=folder, dst_dir_fd=parent)
            else:
                os.unlink(name, dir_fd=folder)
    return moved
