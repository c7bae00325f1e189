"""Counts what is in a folder while hostile programs go on changing it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field

from archon.adapters.folder.beneath import opened
from archon.ports.folder import FolderUsage

_BLOCK_BYTES = 512


def usage(root: int) -> FolderUsage:
    """What is below the open folder."""
    count, is_whole = _Count(), True
    pending = [""]
    while pending:
        at = pending.pop()
        prefix = f"{at}/" if at else ""
        try:
            with opened(root, at) as folder, os.scandir(folder) as entries:
                pending += [prefix + entry.name for entry in entries if count.takes_folder(entry)]
        except FileNotFoundError:
            continue
        except OSError:
            is_whole = False
    return FolderUsage(size_bytes=count.size_bytes, files=count.files, is_whole=is_whole)


@dataclass
class _Count:
    size_bytes: int = 0
    files: int = 0
    seen: set[int] = field(default_factory=set)
    """Inodes that have several names."""

    def takes_folder(self, entry: os.DirEntry[str]) -> bool:
        """Count an entry; whether it is a folder."""
        is_folder = False
        with suppress(FileNotFoundError):
            found = entry.stat(follow_symlinks=False)
            is_folder = stat.S_ISDIR(found.st_mode)
            self.files += 1
            if is_folder or found.st_nlink == 1 or found.st_ino not in self.seen:
                self.size_bytes += found.st_blocks * _BLOCK_BYTES
            if not is_folder and found.st_nlink > 1:
                self.seen.add(found.st_ino)
        return is_folder
