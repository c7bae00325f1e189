"""Keeps a built toolchain from being removed while a process shows it to sandboxes."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path


def hold(place: Path) -> int | None:
    """A descriptor that keeps the folder for as long as it is open; None when it is gone."""
    held = _locked(place, fcntl.LOCK_SH)
    if held is not None and not is_same(held, place):
        os.close(held)  # it was removed between the opening and the lock
        return None
    return held


def remove_unless_held(place: Path) -> bool:
    """Remove a folder that no process holds; whether that was so."""
    held = _locked(place, fcntl.LOCK_EX)
    if held is None:
        return not place.exists()
    try:
        # Renamed first, so that whoever looks for it finds all of it or nothing.
        going = place.with_name(f".{place.name}.{os.getpid()}")
        place.rename(going)
        shutil.rmtree(going)
    finally:
        os.close(held)
    return True


def _locked(place: Path, kind: int) -> int | None:
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_same(descriptor: int, place: Path) -> bool:
    """Whether the folder that stands there is the one that is open."""
    try:
        seen = place.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), seen)
