"""A file that is locked for as long as its process lives."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path


class LockFile:
    """Held from construction on; the kernel frees it with the process, however that ends.

    The descriptor is closed in every program that the process starts. The file gets its name only
    once it is locked, so nobody ever finds it free while its owner lives.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        unnamed = path.with_suffix(f".{os.getpid()}")
        self._descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        unnamed.rename(path)

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def is_held(path: Path) -> bool | None:
    """Whether a living process holds the lock; None when there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        with suppress(OSError):
            os.close(descriptor)
    return False
