"""A folder whose content hostile code may have made, handled from outside without being led astray."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

ListedKind: TypeAlias = Literal["file", "folder", "link", "other"]

LARGEST_READ_BYTES = 50_000_000
"""What `read` gives back at most unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One path of a folder, as it was at the time of a scan.

    Two equal values mean unchanged content: nothing inside can set the change time back.
    """

    path: str
    """Relative, with `/`; bytes that are no UTF-8 appear as surrogates (`os.fsdecode`)."""
    kind: ListedKind
    """`other` is a fifo, socket or device, or a folder that cannot be looked into."""
    size_bytes: int
    inode: int
    mtime_ns: int
    ctime_ns: int
    mode: int
    """Permission bits."""
    target: str = ""
    """Where a link points, unresolved; empty for all else."""

    @property
    def is_executable(self) -> bool:
        """Whether its owner may execute it."""
        return bool(self.mode & 0o100)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderUsage:
    size_bytes: int
    """Room on the disk, each file once however many names it has."""
    files: int
    """Names of files, folders and all else."""
    is_whole: bool
    """False where something could not be looked into, since it is too deep to be named."""


class Folder(Protocol):
    """All paths are relative to the folder, with `/`, and no link in them is ever followed.

    The methods block; a caller on an event loop puts large work into a thread. A path that is
    absolute, empty, or has `.`, `..`, an empty part or a NUL in it is InvalidInput everywhere.
    """

    def scan(self, *, skip: Collection[str] = ()) -> list[Listed]:
        """Every path, sorted, folders too; those named in `skip` are listed but not entered.

        What comes and goes meanwhile may be missing. Raises: NotFound when the folder is gone.
        """
        ...

    def usage(self) -> FolderUsage:
        """How much is in it. What comes and goes meanwhile may be missing.

        Raises: NotFound when the folder is gone.
        """
        ...

    def read(self, path: str, *, max_bytes: int = LARGEST_READ_BYTES) -> bytes:
        """The content of a regular file.

        Raises: NotFound; InvalidInput for a path through a link, for anything but a regular file, and
        for a file larger than `max_bytes`.
        """
        ...

    def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        """Put a new file in the place of whatever file, link or empty folder is there, all or nothing.

        Missing folders are made. Other names of a replaced file keep the old content. Raises:
        InvalidInput when a folder with something in it is in the way, or a parent is no folder.
        """
        ...

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link there, as `write` puts a file. The target may be anything."""
        ...

    def make_folder(self, path: str) -> None:
        """Make a folder and those above it; nothing where it is there already.

        Raises: InvalidInput when something else is in the way.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a file, a link, or a folder with all that is in it; nothing when it is not there."""
        ...

    def hand_over(self, *, made_by: int | None = None) -> None:
        """Make all that is in it, and the folder itself, belong to the owner it was opened with.

        Costs one stat per path where that is so already. A file with further names elsewhere stays
        whose it is: giving it away would give those names away too. But not where it is user id
        `made_by`'s, who could make names for it nowhere else.
        """
        ...


class FolderSource(Protocol):
    def open(self, root: Path, *, owner: int | None = None, group: int | None = None) -> Folder:
        """The folder at `root`, itself trusted. What is written there belongs to user id `owner`, and to
        group id `group` or else the group of the owner's number.

        Raises: NotFound when there is no such folder.
        """
        ...
