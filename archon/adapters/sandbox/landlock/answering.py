"""Carries out the calls that change a file's mode, owner and times, where the file is the sandbox's own.

Landlock does not look at those calls, and a filter of system calls sees no path. So the filter leaves them
to the guard, which finds the file as the caller would have, holds on to it, and makes the call in its place
if that file lies beneath a folder that the sandbox may write to. Nothing the caller changes meanwhile
matters, since it is that very file to which it happens. A caller that nobody may look into is refused.

Source: seccomp_unotify(2).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from contextlib import suppress
from typing import NamedTuple

from archon.adapters.sandbox.landlock.kernel import called

RECEIVE, SEND = 0xC0502100, 0xC0182101
"""SECCOMP_IOCTL_NOTIF_RECV and SECCOMP_IOCTL_NOTIF_SEND"""
_NOTICE = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
_VECTOR = struct.Struct("=QQ")
_HERE = -100
"""AT_FDCWD"""
_NOT_THE_TARGET, _THE_DESCRIPTOR = 0x100, 0x1000
"""AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH"""
_TIMES_BYTES = 32
_LONGEST_PATH_BYTES = 4096
_PAGE_BYTES = 4096
_OWN_PROCESS = (b"/proc/self/", b"/proc/thread-self/", b"/dev/fd/")


class Notice(NamedTuple):
    """A call that waits: of the process or thread `pid`."""

    pid: int
    name: str
    arguments: tuple[int, ...]

    def number(self, index: int) -> int:
        """An argument of 32 bits with a sign."""
        return ctypes.c_int(self.arguments[index]).value


class Answerer:
    def __init__(self, listener: int, names: dict[int, str], folders: list[str]) -> None:
        """`names` has the calls by number; the `folders` are resolved."""
        self._listener = listener
        self._names = names
        self._folders = folders

    def answer(self) -> None:
        """Answer one call, if its caller still waits."""
        notice = bytearray(_NOTICE.size)
        with suppress(FileNotFoundError):  # killed meanwhile
            fcntl.ioctl(self._listener, RECEIVE, notice)
            cookie, pid, _, call, _, _, *arguments = _NOTICE.unpack(notice)
            error = self._error(Notice(pid, self._names[call], tuple(arguments)))
            fcntl.ioctl(self._listener, SEND, _ANSWER.pack(cookie, 0, -error, 0))

    def _error(self, notice: Notice) -> int:
        """Carry it out: 0, or the number of what went wrong."""
        try:
            file = found(notice)
            try:
                place = f"/proc/self/fd/{file}"
                if not self._is_own(os.readlink(place)):
                    return errno.EPERM
                act(notice, place)
            finally:
                os.close(file)
        except OSError as error:
            return error.errno or errno.EPERM
        return 0

    def _is_own(self, path: str) -> bool:
        return any(path == folder or path.startswith(f"{folder}/") for folder in self._folders)


def found(notice: Notice) -> int:
    """A descriptor of the file that is meant, which leads nowhere else any more. Raises: OSError."""
    match notice.name:
        case "chmod" | "chown":
            return _by_path(notice, _HERE, 0, flags=0)
        case "lchown":
            return _by_path(notice, _HERE, 0, flags=_NOT_THE_TARGET)
        case "fchmod" | "fchown":
            return _by_descriptor(notice.pid, notice.number(0))
        case "fchmodat":
            return _by_path(notice, notice.number(0), 1, flags=0)
        case "fchownat":
            return _by_path(notice, notice.number(0), 1, flags=notice.number(4))
        case "utimensat" if notice.arguments[1] == 0:
            return _by_descriptor(notice.pid, notice.number(0))
        case "fchmodat2" | "utimensat":
            return _by_path(notice, notice.number(0), 1, flags=notice.number(3))
    raise OSError(errno.ENOSYS, notice.name)


def act(notice: Notice, place: str) -> None:
    """Do to the file what was asked for. Raises: OSError."""
    last = {"fchmodat": 2, "fchmodat2": 2, "fchownat": 2}.get(notice.name, 1)
    match notice.name:
        case "utimensat":
            address = notice.arguments[2]
            times = _memory(notice.pid, address, _TIMES_BYTES) if address else None
            called("utimensat", _HERE, os.fsencode(place), times, 0)
        case "chmod" | "fchmod" | "fchmodat" | "fchmodat2":
            os.chmod(place, notice.arguments[last] & 0o7777)
        case _:
            os.chown(place, notice.number(last), notice.number(last + 1))


def _by_descriptor(pid: int, number: int) -> int:
    try:
        return os.open(f"/proc/{pid}/fd/{number}", os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise OSError(errno.EBADF, "no such descriptor") from error


def _by_path(notice: Notice, folder: int, index: int, *, flags: int) -> int:
    path = _text(notice.pid, notice.arguments[index])
    if not path and flags & _THE_DESCRIPTOR:
        return _by_descriptor(notice.pid, folder)
    for own in _OWN_PROCESS:
        if path.startswith(own):
            fd = b"fd/" if own == b"/dev/fd/" else b""
            path = b"/proc/%d/%s%s" % (notice.pid, fd, path[len(own) :])
    follow = os.O_NOFOLLOW if flags & _NOT_THE_TARGET else 0
    if path.startswith(b"/"):
        return os.open(path, os.O_PATH | os.O_CLOEXEC | follow)
    where = f"/proc/{notice.pid}/cwd" if folder == _HERE else f"/proc/{notice.pid}/fd/{folder}"
    beside = os.open(where, os.O_PATH | os.O_CLOEXEC)
    try:
        return os.open(path, os.O_PATH | os.O_CLOEXEC | follow, dir_fd=beside)
    finally:
        os.close(beside)


def _text(pid: int, address: int) -> bytes:
    """A path in the memory of a process, read a page at a time, since the next may not be there."""
    text = b""
    while len(text) < _LONGEST_PATH_BYTES:
        at = address + len(text)
        text += _memory(pid, at, _PAGE_BYTES - at % _PAGE_BYTES)
        if b"\0" in text:
            return text[: text.index(b"\0")]
    raise OSError(errno.ENAMETOOLONG, "no end of the path")


def _memory(pid: int, address: int, size: int) -> bytes:
    there = ctypes.create_string_buffer(size)
    here = _VECTOR.pack(ctypes.addressof(there), size)
    read = called("process_vm_readv", pid, here, 1, _VECTOR.pack(address, size), 1, 0)
    if read < size:
        raise OSError(errno.EFAULT, "the memory is not there")
    return there.raw
