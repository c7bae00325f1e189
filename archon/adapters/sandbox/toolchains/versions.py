"""The committed locks, and the names of what is built from them."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from importlib.resources import files

_FORMAT = "1"
"""Grows when the same lock is built into something else."""


@cache
def lock(name: str) -> str:
    """The text of a lock file, by its path below `locks`."""
    return files("archon.adapters.sandbox.toolchains").joinpath("locks", name).read_text("utf-8")


def version(name: str, *facts: str) -> str:
    """A folder's name that differs for other `facts`, for another machine and for another way to build."""
    digest = hashlib.sha256("\0".join((_FORMAT, _machine(), *facts)).encode())
    return f"{name}-{digest.hexdigest()[:16]}"


def _machine() -> str:
    """What programs are compiled for: the processor and the C library."""
    library = None
    with suppress(OSError, ValueError):
        library = os.confstr("CS_GNU_LIBC_VERSION")
    return f"{os.uname().machine} {'gnu' if library else 'musl'}"
