"""What the sandbox without namespaces needs of the machine that tests it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.landlock.machine import landlock_abi
from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.adapters.sandbox.toolchain import discovered
from archon.domain.errors import SandboxUnavailable


def _refusal() -> str:
    try:
        landlock_abi()
    except SandboxUnavailable as error:
        return str(error)
    return ""


needs_landlock = pytest.mark.skipif(bool(_refusal()), reason=_refusal() or "there is one")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, as root's sandboxes here need, and pytest's is not."""
    folder = Path(tempfile.mkdtemp(prefix="archon-landlock-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def python_prefix() -> Path | None:
    """That of the Python in use (None), or the system's where only root can reach the other."""
    prefix = Path(sys.base_prefix).resolve()
    is_open = all(place.stat().st_mode & stat.S_IXOTH for place in (prefix, *prefix.parents))
    return None if os.geteuid() != 0 or is_open else Path("/usr")


def landlock_provider(scratch: Path) -> LandlockProvider:
    return LandlockProvider(scratch=scratch, folders=LocalFolders(), python=python_prefix())


def becoming(user: int) -> list[str]:
    """The beginning of an argv whose rest is run by this user, in no sandbox."""
    if user == os.geteuid():
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def bare_python(user: int, folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """What comes of running the same Python as the same user without protection."""
    argv = [*becoming(user), str(discovered(python_prefix()).executable), *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, timeout=30)
