"""Whose a workspace is while sandboxes use it, and afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archon.adapters.sandbox.seats import COUNT, Holder, Seats
from archon.domain.errors import SandboxUnavailable

FIRST = 1_879_048_192


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


def seats(tmp_path: Path) -> Seats:
    """As another process has them: locks are kept by open files."""
    return Seats(tmp_path / "users", FIRST)


def test_sandboxes_of_one_workspace_share_a_user_and_others_have_their_own(
    tmp_path: Path, workspace: Path
) -> None:
    (tmp_path / "other").mkdir()
    ours = seats(tmp_path)
    first, again, other = (ours.take(each) for each in (workspace, workspace, tmp_path / "other"))
    assert first.user == again.user != other.user
    assert not first.is_last()
    ours.leave(again)
    assert first.is_last()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_process_shares_the_user_of_a_workspace_and_is_last_only_alone(
    tmp_path: Path, workspace: Path
) -> None:
    ours, theirs = seats(tmp_path), seats(tmp_path)
    first = ours.take(workspace)
    os.chown(workspace, first.user, first.user)
    second = theirs.take(workspace)
    assert second.user == first.user
    assert not first.is_last()
    assert not second.is_last()
    ours.leave(first)
    assert second.is_last()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_whose_it_was_is_remembered_past_a_crash(tmp_path: Path, workspace: Path) -> None:
    os.chown(workspace, 12_345, 54_321)
    seen = workspace.stat()
    crashed = seats(tmp_path)
    seat = crashed.take(workspace)
    os.chown(workspace, seat.user, seat.user)
    seat.free()
    after = seats(tmp_path).take(workspace)
    assert after.user == seat.user
    assert after.holder == Holder(seen.st_dev, seen.st_ino, 12_345, 54_321)


def test_when_all_are_taken_it_says_so(tmp_path: Path) -> None:
    ours = seats(tmp_path)
    taken = []
    for number in range(COUNT):
        (tmp_path / str(number)).mkdir()
        taken.append(ours.take(tmp_path / str(number)))
    (tmp_path / "one more").mkdir()
    with pytest.raises(SandboxUnavailable, match="in use"):
        ours.take(tmp_path / "one more")
    for seat in taken:
        ours.leave(seat)


@pytest.mark.parametrize("held", [b"", b"1 2 3", b"x y z w", b"1 2 3 4 5", b"\xff" * 300])
def test_a_file_that_makes_no_sense_is_written_anew(tmp_path: Path, workspace: Path, held: bytes) -> None:
    (tmp_path / "users").mkdir()
    ours = seats(tmp_path)
    user = ours.take(workspace).user
    (tmp_path / "users" / str(user)).write_bytes(held)
    again = seats(tmp_path)
    assert again.take(workspace).user != user  # nobody else may share what is locked for who knows what
