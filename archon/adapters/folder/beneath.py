"""Opens paths below a folder in such a way that nothing in it can lead outside."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from archon.domain.errors import InvalidInput

_OPENAT2 = 437
"""The same number on every architecture that Python runs on. Source: openat2(2), since Linux 5.6."""
_NO_MAGIC_LINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08
_ALWAYS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
"""Not blocking, so that a fifo cannot hold the opener."""
FOLDER = os.O_RDONLY | os.O_DIRECTORY


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def parts_of(path: str) -> list[str]:
    """The components of a relative path. Raises: InvalidInput when it names no place below a folder."""
    parts = path.split("/")
    if "\0" in path or not all(parts) or {".", ".."} & set(parts):
        raise InvalidInput(
            f"The path {path[:200]!r} names no place in the workspace.",
            hint="Use a relative path without `.` and `..`, such as data/result.txt.",
        )
    return parts


@contextmanager
def opened(root: int, path: str, flags: int = FOLDER) -> Iterator[int]:
    """A descriptor for what `path` names below the folder `root` (empty: itself), closed at the end.

    What its owner has locked is unlocked, since hostile code may lock what it leaves behind.
    Raises: OSError as open(2) does; ELOOP or ENOTDIR where a link is in the path.
    """
    try:
        descriptor = open_beneath(root, path or ".", flags)
    except PermissionError:
        for end in range(path.count("/") + 1):
            unlock(root, path.rsplit("/", path.count("/") - end)[0] or ".")
        descriptor = open_beneath(root, path or ".", flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def changeable(root: int, path: str) -> Iterator[int]:
    """As `opened`, for a folder in which something is about to be made or removed."""
    with opened(root, path) as folder:
        mode = stat.S_IMODE(os.fstat(folder).st_mode)
        if mode & 0o300 != 0o300:
            os.fchmod(folder, mode | 0o700)
        yield folder


def open_beneath(root: int, path: str, flags: int) -> int:
    """A new descriptor below the folder `root`, by the kernel's own containment where it has that."""
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC if flags & os.O_PATH else _ALWAYS
    if _has_openat2():
        return _openat2(root, path, flags)
    return open_stepwise(root, path, flags)


def open_stepwise(root: int, path: str, flags: int) -> int:
    """The same component by component, for kernels and container filters without openat2."""
    *parents, name = path.split("/")
    current = os.dup(root)
    try:
        for parent in parents:
            deeper = os.open(parent, os.O_PATH | os.O_DIRECTORY | _ALWAYS, dir_fd=current)
            os.close(current)
            current = deeper
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=current)
    finally:
        os.close(current)


def _openat2(root: int, path: str, flags: int) -> int:
    how = _OpenHow(flags, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGIC_LINKS)
    size = ctypes.c_size_t(ctypes.sizeof(how))
    descriptor = int(_syscall()(_OPENAT2, root, os.fsencode(path), ctypes.byref(how), size))
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return descriptor


@functools.cache
def _syscall() -> ctypes._NamedFuncPointer:
    function = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long
    return function


@functools.cache
def _has_openat2() -> bool:
    root = os.open("/", os.O_PATH | os.O_CLOEXEC)
    try:
        os.close(_openat2(root, ".", os.O_PATH | os.O_CLOEXEC))
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EPERM}:
            return False
        raise
    finally:
        os.close(root)
    return True


def unlock(root: int, path: str) -> None:
    """Give the owner back the permissions that reading and changing a file or folder take."""
    descriptor = open_beneath(root, path, os.O_PATH)
    try:
        mode = os.fstat(descriptor).st_mode
        wanted = mode | (0o700 if stat.S_ISDIR(mode) else 0o600)
        if wanted != mode and not stat.S_ISLNK(mode):
            os.chmod(f"/proc/self/fd/{descriptor}", stat.S_IMODE(wanted))  # noqa: PTH101 - not a path
    finally:
        os.close(descriptor)
