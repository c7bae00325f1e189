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


def version(variety: str, *facts: str) -> str:
    """The variety on this kind of machine, and a digest of the facts and of the way to build.

    What differs in the digest alone follows one upon the other; varieties are used side by side.
    """
    digest = hashlib.sha256("\0".join((_FORMAT, *facts)).encode())
    return f"{variety}-{_machine()}-{digest.hexdigest()[:16]}"


def variety(folder: str) -> str:
    """The part of a folder's name that two versions of the same share."""
    return folder.rpartition("-")[0]


def _machine() -> str:
    """What programs are compiled for: the processor and the C library."""
    library = None
    with suppress(OSError, ValueError):
        library = os.confstr("CS_GNU_LIBC_VERSION")
    return f"{os.uname().machine}-{'gnu' if library else 'musl'}"
