"""A folder full of traps: whatever is inside, nothing outside is read, written or removed."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from archon.adapters.folder.beneath import open_beneath, open_stepwise
from archon.adapters.folder.local import LocalFolders
from archon.domain.errors import InvalidInput, NotFound
from archon.ports.folder import Folder

BAD_PATHS = ["", "/etc/passwd", "..", "../x", "a/../../x", ".", "a//b", "a/", "./a", "a\0b"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    return tmp_path / "inside"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file outside that must stay as it is."""
    (tmp_path / "canary").write_text("outside")
    return tmp_path / "canary"


@pytest.fixture
def folder(root: Path) -> Folder:
    return LocalFolders().open(root)


def listed(folder: Folder) -> dict[str, str]:
    return {each.path: each.kind for each in folder.scan()}


def test_what_is_written_can_be_read_and_listed(folder: Folder) -> None:
    folder.write("a/b/c.txt", b"text")
    folder.write("run.sh", b"#!/bin/sh\n", executable=True)
    assert folder.read("a/b/c.txt") == b"text"
    assert listed(folder) == {"a": "folder", "a/b": "folder", "a/b/c.txt": "file", "run.sh": "file"}
    assert [each.path for each in folder.scan() if each.kind == "file" and each.is_executable] == ["run.sh"]


def test_modes_do_not_depend_on_the_umask(folder: Folder, root: Path) -> None:
    before = os.umask(0o077)
    try:
        folder.write("a/plain", b"")
        folder.write("a/program", b"", executable=True)
    finally:
        os.umask(before)
    modes = [(root / name).stat().st_mode & 0o777 for name in ("a", "a/plain", "a/program")]
    assert modes == [0o755, 0o644, 0o755]


def test_a_missing_folder_is_said_to_be_missing(root: Path, folder: Folder) -> None:
    with pytest.raises(NotFound):
        LocalFolders().open(root / "nowhere")
    root.rmdir()
    with pytest.raises(NotFound):
        folder.scan()


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_names_no_place_inside_is_refused_everywhere(folder: Folder, path: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: folder.read(path),
        lambda: folder.write(path, b""),
        lambda: folder.link(path, "x"),
        lambda: folder.remove(path),
    ]
    for call in calls:
        with pytest.raises(InvalidInput):
            call()


def test_reading_follows_no_link(folder: Folder, root: Path, canary: Path) -> None:
    (root / "file").symlink_to(canary)
    (root / "folder").symlink_to(canary.parent)
    (root / "inner").symlink_to("real")
    (root / "real").write_text("inside")
    for path in ("file", "folder/canary", "inner"):
        with pytest.raises(InvalidInput):
            folder.read(path)


def test_writing_replaces_a_link_and_goes_through_none(folder: Folder, root: Path, canary: Path) -> None:
    (root / "file").symlink_to(canary)
    (root / "folder").symlink_to(canary.parent)
    folder.write("file", b"mine")
    with pytest.raises(InvalidInput):
        folder.write("folder/canary", b"mine")
    assert folder.read("file") == b"mine"
    assert canary.read_text() == "outside"


def test_writing_leaves_other_names_of_a_file_alone(folder: Folder, root: Path, canary: Path) -> None:
    (root / "file").hardlink_to(canary)
    folder.write("file", b"mine")
    assert canary.read_text() == "outside"


def test_an_empty_folder_gives_way_to_a_file_and_a_full_one_does_not(folder: Folder, root: Path) -> None:
    (root / "empty").mkdir()
    folder.write("empty", b"file")
    folder.write("full/x", b"")
    with pytest.raises(InvalidInput):
        folder.write("full", b"file")
    with pytest.raises(InvalidInput):
        folder.write("empty/below", b"file")
    assert listed(folder) == {"empty": "file", "full": "folder", "full/x": "file"}


def test_links_are_made_and_listed_but_never_resolved(folder: Folder, root: Path) -> None:
    folder.link("a/link", "/nowhere/at/all")
    folder.link("a/link", "../x")
    assert [(each.path, each.kind, each.target) for each in folder.scan()][-1] == ("a/link", "link", "../x")


def test_removing_takes_the_link_and_not_what_it_points_to(folder: Folder, root: Path, canary: Path) -> None:
    (root / "a").mkdir()
    (root / "a" / "folder").symlink_to(canary.parent)
    (root / "link").symlink_to(canary.parent)
    folder.remove("link")
    folder.remove("a")
    folder.remove("never/was/there")
    assert listed(folder) == {}
    assert canary.exists()


def test_what_hostile_code_locked_is_still_read_and_removed(folder: Folder, root: Path) -> None:
    folder.write("a/b/c", b"text")
    (root / "a" / "b" / "c").chmod(0)
    (root / "a" / "b").chmod(0)
    (root / "a").chmod(0o500)
    assert listed(folder) == {"a": "folder", "a/b": "folder", "a/b/c": "file"}
    assert folder.read("a/b/c") == b"text"
    folder.remove("a/b")
    folder.remove("a")
    assert listed(folder) == {}


def test_special_files_are_listed_as_other_and_never_opened(folder: Folder, root: Path) -> None:
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(root / "socket"))
    assert listed(folder) == {"fifo": "other", "socket": "other"}
    for path in ("fifo", "socket"):
        with pytest.raises(InvalidInput):
            folder.read(path)


def test_a_file_over_the_limit_is_refused_before_it_is_read(folder: Folder, root: Path) -> None:
    (root / "exact").write_bytes(b"12345")
    with (root / "sparse").open("wb") as sparse:
        sparse.truncate(10_000_000_000)
    assert folder.read("exact", max_bytes=5) == b"12345"
    with pytest.raises(InvalidInput):
        folder.read("exact", max_bytes=4)
    with pytest.raises(InvalidInput):
        folder.read("sparse")


def test_a_name_that_is_no_utf8_is_listed_read_and_removed(folder: Folder, root: Path) -> None:
    with open(os.fsencode(root) + b"/\xff\n", "wb") as file:  # noqa: PTH123
        file.write(b"odd")
    name = folder.scan()[0].path
    assert (os.fsencode(name), folder.read(name)) == (b"\xff\n", b"odd")
    folder.remove(name)
    assert folder.scan() == []


def test_a_change_that_forges_its_time_is_seen(folder: Folder, root: Path) -> None:
    folder.write("file", b"one")
    before = folder.scan()
    assert folder.scan() == before
    times = (root / "file").stat()
    while (root / "clock").write_text("") or (root / "clock").stat().st_ctime_ns == times.st_ctime_ns:
        pass  # until a tick of the file system's clock has passed: a few milliseconds on older kernels
    (root / "clock").unlink()
    with (root / "file").open("wb") as file:
        file.write(b"two")
    os.utime(root / "file", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert folder.scan() != before


def test_skipped_folders_are_listed_but_not_entered(folder: Folder) -> None:
    folder.write("a/cache/x", b"")
    folder.write("a/cached", b"")
    found = [each.path for each in folder.scan(skip={"cache"})]
    assert found == ["a", "a/cache", "a/cached"]


def test_folders_too_deep_to_name_are_survived_and_removed(folder: Folder, root: Path) -> None:
    here = os.open(root, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deep", dir_fd=here)
        deeper = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    found = folder.scan()
    assert (len(found) < 3000, found[-1].kind) == (True, "other")
    folder.remove("deep")
    assert folder.scan() == []


def test_two_thousand_unchanged_files_are_listed_in_milliseconds(folder: Folder) -> None:
    for number in range(2000):
        folder.write(f"{number % 40}/{number}", b"")
    took = []
    for _ in range(5):
        started = time.process_time()
        found = folder.scan()
        took.append(time.process_time() - started)
    assert len(found) == 2040
    assert min(took) < 0.020


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_what_is_written_belongs_to_the_owner_asked_for(root: Path) -> None:
    folder = LocalFolders().open(root, owner=61_999)
    folder.write("a/file", b"")
    folder.link("a/link", "file")
    assert {(root / name).lstat().st_uid for name in ("a", "a/file", "a/link")} == {61_999}


@pytest.mark.parametrize("opener", [open_beneath, open_stepwise])
@pytest.mark.parametrize("path", ["link", "folder/canary", "loop"])
def test_both_ways_to_open_refuse_links(
    opener: Callable[[int, str, int], int], path: str, root: Path, canary: Path
) -> None:
    (root / "link").symlink_to(canary)
    (root / "folder").symlink_to(canary.parent)
    (root / "loop").symlink_to("loop")
    (root / "real").mkdir()
    (root / "real" / "file").write_text("fine")
    base = os.open(root, os.O_RDONLY)
    try:
        with pytest.raises(OSError, match=r"ymbolic|irectory"):
            opener(base, path, os.O_RDONLY)
        os.close(opener(base, "real/file", os.O_RDONLY))
    finally:
        os.close(base)
