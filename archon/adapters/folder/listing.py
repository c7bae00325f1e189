"""Lists everything below a folder, at the price of one stat per path."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator

from archon.adapters.folder.beneath import opened
from archon.ports.folder import Listed, ListedKind

_KINDS: dict[int, ListedKind] = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


def listing(root: int, skip: Collection[str]) -> list[Listed]:
    """Every path below the open folder, sorted; folders named in `skip` are not entered."""
    found: dict[str, Listed] = {}
    pending = [""]
    while pending:
        at = pending.pop()
        try:
            children = list(_children(root, at))
        except FileNotFoundError:
            continue
        except OSError:
            found[at] = _as_other(found[at])
            continue
        for name, listed in children:
            found[listed.path] = listed
            if listed.kind == "folder" and name not in skip:
                pending.append(listed.path)
    return [found[path] for path in sorted(found)]


def _children(root: int, at: str) -> Iterator[tuple[str, Listed]]:
    prefix = f"{at}/" if at else ""
    with opened(root, at) as folder, os.scandir(folder) as entries:
        for entry in entries:
            try:
                yield entry.name, _listed(prefix + entry.name, entry, folder)
            except FileNotFoundError:
                continue


def _listed(path: str, entry: os.DirEntry[str], folder: int) -> Listed:
    seen = entry.stat(follow_symlinks=False)
    kind = _KINDS.get(stat.S_IFMT(seen.st_mode), "other")
    target = os.readlink(entry.name, dir_fd=folder) if kind == "link" else ""
    mode = stat.S_IMODE(seen.st_mode)
    return Listed(path, kind, seen.st_size, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, mode, target)


def _as_other(folder: Listed) -> Listed:
    return Listed(
        folder.path, "other", folder.size_bytes, folder.inode, folder.mtime_ns, folder.ctime_ns, folder.mode
    )
