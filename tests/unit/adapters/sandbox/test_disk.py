"""How the growth of a workspace is counted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.disk import Growth, Usage
from archon.domain.execution import SandboxLimits

MB = 1 << 20
LIMITS = SandboxLimits(disk_mb=5, files=100)


def growth_of(folder: Path) -> Growth:
    return Growth(folder, LocalFolders().open(folder).usage, LIMITS)


def fill(file: Path, size_bytes: int) -> None:
    file.write_bytes(os.urandom(1) * size_bytes)


def test_each_file_counts_once_and_links_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    fill(folder / "sub" / "file", 3 * MB)
    (folder / "again").hardlink_to(folder / "sub" / "file")
    fill(tmp_path / "outside", 8 * MB)
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "up").symlink_to(tmp_path)
    usage = LocalFolders().open(folder).usage()
    assert (usage.files, usage.is_whole) == (5, True)
    assert 3 * MB <= usage.size_bytes < 4 * MB


def test_a_hole_takes_no_room(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10 << 30)
    assert LocalFolders().open(tmp_path).usage().size_bytes < MB


def test_what_is_too_deep_to_be_named_is_said_to_be_missing(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    assert not LocalFolders().open(tmp_path).usage().is_whole


async def test_growth_counts_from_what_was_there(tmp_path: Path) -> None:
    fill(tmp_path / "there", 20 * MB)
    growth = growth_of(tmp_path)
    await growth.begin()
    watching = asyncio.create_task(growth.overrun())
    fill(tmp_path / "more", 2 * MB)
    done, _ = await asyncio.wait({watching}, timeout=0.3)
    assert not done
    fill(tmp_path / "too much", 4 * MB)
    await asyncio.wait_for(watching, 10)


async def test_too_many_files_are_found_soon(tmp_path: Path) -> None:
    growth = growth_of(tmp_path)
    await growth.begin()
    watching = asyncio.create_task(growth.overrun())
    for number in range(LIMITS.files + 1):
        (tmp_path / str(number)).touch()
    await asyncio.wait_for(watching, 10)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into everything")
async def test_what_is_locked_away_is_counted_by_the_file_system(tmp_path: Path) -> None:
    growth = growth_of(tmp_path)
    await growth.begin()
    (tmp_path / "locked").mkdir()
    fill(tmp_path / "locked" / "file", 8 * MB)
    (tmp_path / "locked").chmod(0)
    await asyncio.wait_for(growth.overrun(), 10)
    (tmp_path / "locked").chmod(0o700)


def test_over_either_limit_is_over() -> None:
    assert not Usage(5 * MB, 100).is_over(LIMITS)
    assert Usage(5 * MB + 1, 0).is_over(LIMITS)
    assert Usage(0, 101).is_over(LIMITS)
