"""What stands for /tmp is empty at first, always, and does not outlive its process for long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.landlock.private import PrivateFolders

MAKES = """
import sys
from pathlib import Path
from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.landlock.private import PrivateFolders
(PrivateFolders(Path(sys.argv[1]), LocalFolders()).make(None).path / "left").mkdir(mode=0)
"""


@pytest.fixture
def folders(tmp_path: Path) -> PrivateFolders:
    return PrivateFolders(tmp_path / "private", LocalFolders())


def test_each_is_empty_and_closed_to_others(folders: PrivateFolders) -> None:
    first, second = folders.make(None), folders.make(None)
    assert first.path != second.path
    assert [*first.path.iterdir()] == []
    assert first.path.stat().st_mode & 0o777 == 0o700


def test_what_is_used_again_is_empty_again(folders: PrivateFolders) -> None:
    folder = folders.make(None)
    folder.use()
    (folder.path / "a" / "b").mkdir(parents=True)
    (folder.path / "a" / "link").symlink_to("/")
    (folder.path / "a").chmod(0)
    folder.path.chmod(0)
    folder.use()
    assert [*folder.path.iterdir()] == []
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_the_first_use_leaves_it_in_its_place(folders: PrivateFolders) -> None:
    folder = folders.make(None)
    before = folder.path.stat().st_ino
    folder.use()
    assert folder.path.stat().st_ino == before


def test_those_of_the_dead_are_swept_and_those_of_the_living_kept(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", MAKES, str(tmp_path / "private")], check=True)
    (left,) = (tmp_path / "private").iterdir()
    first = PrivateFolders(tmp_path / "private", LocalFolders())
    assert not left.exists()
    kept = first.make(None).path
    PrivateFolders(tmp_path / "private", LocalFolders())
    assert kept.exists()


def test_a_link_among_them_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "link").symlink_to(tmp_path / "other")
    PrivateFolders(tmp_path / "private", LocalFolders())
    assert (tmp_path / "other").is_dir()


def test_programs_are_found_by_the_names_they_are_called_by(folders: PrivateFolders) -> None:
    folders.call(Path(sys.executable), "python", "python3")
    for name in ("python", "python3"):
        assert (folders.programs / name).readlink() == Path(sys.executable)
