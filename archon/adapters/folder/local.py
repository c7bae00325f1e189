"""Folders of this machine, read and written so that links and special files lead nowhere."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from archon.adapters.folder.beneath import FOLDER, changeable, opened, parts_of
from archon.adapters.folder.listing import listing
from archon.adapters.folder.ownership import Owner, give, hand_over
from archon.adapters.folder.removal import remove, temporary_name
from archon.adapters.folder.usage import usage
from archon.domain.errors import InvalidInput, NotFound
from archon.ports.folder import LARGEST_READ_BYTES, FolderUsage, Listed

_WRONG_PLACE = {
    errno.ELOOP: "there is a link in it",
    errno.ENOTDIR: "something that is no folder is in the way",
    errno.EISDIR: "it is a folder",
    errno.ENOTEMPTY: "a folder with something in it is in the way",
    errno.EXDEV: "it leads out of the workspace",
    errno.ENXIO: "it is neither a file nor a folder",
    errno.EACCES: "it may not be opened",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EAGAIN: "a program has a lease on it",
}


class LocalFolders:
    def open(self, root: Path, *, owner: int | None = None, group: int | None = None) -> LocalFolder:
        if not root.is_dir():
            raise NotFound(f"There is no folder {root}.")
        return LocalFolder(root, None if owner is None else Owner(owner, owner if group is None else group))


class LocalFolder:
    def __init__(self, root: Path, owner: Owner | None) -> None:
        self._root = root
        self._owner = owner

    def scan(self, *, skip: Collection[str] = ()) -> list[Listed]:
        with self._opened_root() as root:
            return listing(root, skip)

    def usage(self) -> FolderUsage:
        with self._opened_root() as root:
            return usage(root)

    def read(self, path: str, *, max_bytes: int = LARGEST_READ_BYTES) -> bytes:
        parts_of(path)
        with self._opened_root() as root, _explained(path), opened(root, path, os.O_RDONLY) as file:
            return _content(file, path, max_bytes)

    def write(self, path: str, data: bytes, *, executable: bool = False) -> None:
        def make(folder: int, name: str) -> None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(name, flags, 0o600, dir_fd=folder)
            with os.fdopen(file, "wb") as stream:
                stream.write(data)
                os.fchmod(file, 0o755 if executable else 0o644)

        self._put(path, make)

    def link(self, path: str, target: str) -> None:
        self._put(path, lambda folder, name: os.symlink(target, name, dir_fd=folder))

    def make_folder(self, path: str) -> None:
        parts = parts_of(path)
        with self._opened_root() as root, _explained(path):
            self._make_folders(root, parts)
            with opened(root, path):
                return

    def remove(self, path: str) -> None:
        *parents, name = parts_of(path)
        try:
            with self._opened_root() as root, _explained(path), changeable(root, "/".join(parents)) as folder:
                remove(folder, name)
        except NotFound:
            return

    def hand_over(self, *, made_by: int | None = None) -> None:
        if self._owner is not None:
            with self._opened_root() as root:
                hand_over(root, self._owner, made_by)

    def _put(self, path: str, make: Callable[[int, str], None]) -> None:
        """Make something beside its place and move it there, which replaces a link instead of following."""
        *parents, name = parts_of(path)
        with self._opened_root() as root, _explained(path):
            self._make_folders(root, parents)
            with changeable(root, "/".join(parents)) as folder:
                temporary = temporary_name()
                try:
                    make(folder, temporary)
                    self._give(folder, temporary)
                    _move(folder, temporary, name)
                except BaseException:
                    remove(folder, temporary)
                    raise

    def _make_folders(self, root: int, parts: list[str]) -> None:
        for depth, name in enumerate(parts):
            with changeable(root, "/".join(parts[:depth])) as parent:
                try:
                    os.mkdir(name, dir_fd=parent)
                except FileExistsError:
                    continue
                with opened(parent, name) as made:
                    os.fchmod(made, 0o755)
                self._give(parent, name)

    def _give(self, folder: int, name: str) -> None:
        if self._owner is not None:
            give(folder, name, self._owner)

    @contextmanager
    def _opened_root(self) -> Iterator[int]:
        try:
            root = os.open(self._root, FOLDER | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"There is no folder {self._root}.") from None
        except PermissionError:  # hostile code may lock what it was given
            self._root.chmod(0o700)
            root = os.open(self._root, FOLDER | os.O_CLOEXEC)
        try:
            yield root
        finally:
            os.close(root)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound(f"There is no file {path!r} in the workspace.") from None
    except OSError as error:
        if error.errno not in _WRONG_PLACE:
            raise
        raise InvalidInput(
            f"The path {path[:200]!r} cannot be used: {_WRONG_PLACE[error.errno]}.",
            hint="Name a regular file that is reached without links.",
        ) from None


def _content(file: int, path: str, max_bytes: int) -> bytes:
    seen = os.fstat(file)
    if not stat.S_ISREG(seen.st_mode):
        raise InvalidInput(f"{path!r} is no regular file.", hint="Only regular files can be read.")
    with os.fdopen(os.dup(file), "rb") as stream:
        data = stream.read(max_bytes + 1) if seen.st_size <= max_bytes else b""
    if seen.st_size > max_bytes or len(data) > max_bytes:
        raise InvalidInput(
            f"{path!r} is larger than {max_bytes:,} bytes.", hint="Have the program write a smaller file."
        )
    return data


def _move(folder: int, temporary: str, name: str) -> None:
    try:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError:
        os.rmdir(name, dir_fd=folder)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
