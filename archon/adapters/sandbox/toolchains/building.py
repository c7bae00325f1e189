"""Builds toolchains: once, whole or not at all, and one process at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from archon.adapters.sandbox.toolchains.failures import broken
from archon.adapters.sandbox.toolchains.holding import remove_unless_held
from archon.adapters.sandbox.toolchains.host import Host
from archon.adapters.sandbox.toolchains.values import Recipe, Say
from archon.adapters.sandbox.toolchains.versions import variety
from archon.domain.errors import ConfigurationError


def build(recipe: Recipe, folder: Path, say: Say) -> Path:
    """The built toolchain's place below `folder`: made now, unless it is there already.

    Versions that nobody uses any more are removed. Raises: ConfigurationError; then nothing is left behind.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(recipe.name, folder, say) as lock:
            built = folder / recipe.version
            if not built.is_dir():
                _build(recipe, folder, lock, say)
            _remove(_versions(recipe, folder) - {built})
            return built
    except OSError as error:
        raise broken(f"{recipe.name}: building it", error) from error


def remove(recipe: Recipe, folder: Path, say: Say) -> list[Path]:
    """Remove all versions of a toolchain; those that running sandboxes use are kept and returned."""
    if not folder.is_dir():
        return []
    with _locked(recipe.name, folder, say):
        return _remove(list(folder.glob(f"{recipe.name}-*")))


def _build(recipe: Recipe, folder: Path, lock: int, say: Say) -> None:
    free = shutil.disk_usage(folder).free >> 20
    if free < recipe.needed_mb:
        raise ConfigurationError(
            f"{recipe.name} needs {recipe.needed_mb} MB, and {free} MB are free in {folder}.",
            hint="Free some space, or set ARCHON_DATA_DIR to a folder on a larger disk.",
        )
    _sweep(recipe, folder)
    stage = Path(tempfile.mkdtemp(prefix=f".{recipe.name}-", dir=folder))
    try:
        recipe.build(stage, Host(recipe.name, stage, lock, say))
        _open_to_readers(stage)
        os.sync()  # a crash of the machine must not leave a folder of empty files under the final name
        stage.rename(folder / recipe.version)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def _sweep(recipe: Recipe, folder: Path) -> None:
    """Remove what builds that were killed have left."""
    for stage in folder.glob(f".{recipe.name}-*"):
        shutil.rmtree(stage, ignore_errors=True)


def _versions(recipe: Recipe, folder: Path) -> set[Path]:
    """What was built of the same variety: nobody needs more than the newest."""
    wanted = variety(recipe.version)
    return {place for place in folder.glob(f"{recipe.name}-*") if variety(place.name) == wanted}


def _remove(places: Iterable[Path]) -> list[Path]:
    """Remove them, and return those that are still in use."""
    return [place for place in places if not remove_unless_held(place)]


def _open_to_readers(folder: Path) -> None:
    """Readable for every user id that a sandbox may have, writable for the owner alone."""
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for file in map(Path(parent).joinpath, files):
            mode = file.lstat().st_mode
            if stat.S_ISREG(mode):
                file.chmod(0o755 if mode & 0o111 else 0o644)


@contextmanager
def _locked(name: str, folder: Path, say: Say) -> Iterator[int]:
    lock = os.open(folder / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{name}: another process is at work on it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)
