"""What the sandbox concludes from the machine that it finds itself on."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.adapters.sandbox.groups import find
from archon.adapters.sandbox.limits import counts_by_namespace
from archon.adapters.sandbox.refusals import refusal
from archon.adapters.sandbox.seats import COUNT, Seats, first_user
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        (b"bwrap: setting up uid map: Permission denied\n", "apparmor_restrict_unprivileged_userns=0"),
        (b"bwrap: No permissions to create new namespace, likely because", "as root"),
        (b"bwrap: Creating new namespace failed: Operation not permitted", "--privileged"),
        (b"bwrap: Creating new namespace failed: No space left on device", "max_user_namespaces"),
        (b"bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths=unconfined"),
        (b"bwrap: Unknown option --perms", "0.5"),
        (b"", "archon doctor"),
    ],
)
def test_each_refusal_of_bubblewrap_has_a_cure(said: bytes, cure: str) -> None:
    error = refusal(said)
    assert cure in error.hint
    assert said.decode().strip().split(",")[0] in error.message


@pytest.mark.parametrize(
    ("release", "counts"),
    [("5.10.0-28-amd64", False), ("5.14.0", True), ("6.1.0-9", True), ("4.18.0-553.el8", False)],
)
def test_processes_are_counted_by_namespace_since_linux_5_14(release: str, counts: bool) -> None:
    assert counts_by_namespace(release) is counts


@pytest.mark.parametrize(
    ("extents", "first"),
    [
        ("0 0 4294967295\n", 1_879_048_192),
        ("0 100000 65536\n", 64_100),
        ("0 1000 1\n1 100000 65536\n", 64_100),
    ],
)
def test_user_ids_are_taken_from_those_that_exist(tmp_path: Path, extents: str, first: int) -> None:
    (tmp_path / "uid_map").write_text(extents)
    assert first_user(tmp_path / "uid_map") == first


def test_a_machine_without_user_ids_to_give_is_refused(tmp_path: Path) -> None:
    (tmp_path / "uid_map").write_text("0 1000 1\n")
    with pytest.raises(SandboxUnavailable, match="ordinary user"):
        first_user(tmp_path / "uid_map")


def test_no_two_workspaces_share_a_user_id_and_one_keeps_its_own(tmp_path: Path) -> None:
    one, other = Seats(tmp_path / "seats", 5000), Seats(tmp_path / "seats", 5000)
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    seats = [one.take(folders[0]), one.take(folders[1]), other.take(folders[2])]
    assert len({seat.user for seat in seats}) == 3
    assert all(5000 <= seat.user < 5000 + COUNT for seat in seats)
    assert one.take(folders[0]) is seats[0]
    one.leave(seats[0])
    assert one.take(folders[0]) is seats[0]


def test_user_ids_run_out_with_an_error_and_come_back(tmp_path: Path) -> None:
    here, elsewhere = Seats(tmp_path / "seats", 5000), Seats(tmp_path / "seats", 5000)
    folders = [tmp_path / str(number) for number in range(COUNT + 1)]
    for folder in folders:
        folder.mkdir()
    taken = [here.take(folder) for folder in folders[:-1]]
    with pytest.raises(SandboxUnavailable, match="fewer tasks"):
        elsewhere.take(folders[-1])
    here.leave(taken[17])
    last = elsewhere.take(folders[-1])
    assert last.user == taken[17].user
    elsewhere.leave(last)
    for seat in (*taken[:17], *taken[18:]):
        here.leave(seat)


def unified(root: Path, controllers: str) -> Path:
    """A tree as a login shell under systemd sees it: a session below a slice."""
    session = root / "user.slice" / "session.scope"
    session.mkdir(parents=True)
    for folder, handed_down in ((root, controllers), (root / "user.slice", controllers), (session, "")):
        (folder / "cgroup.subtree_control").write_text(handed_down)
    membership = root.parent / "membership"
    membership.write_text("0::/user.slice/session.scope\n")
    return membership


def test_version_2_groups_are_made_beside_the_own_group(tmp_path: Path) -> None:
    membership = unified(tmp_path / "fs", "cpu memory pids")
    # Plain folders cannot be removed with files in them as control groups can, so the trial group stays.
    groups = find(tmp_path / "fs", membership)
    assert groups is not None
    group = groups.create(SandboxLimits(memory_mb=2, pids=3))
    assert groups.version == "v2"
    assert group.memory == group.pids
    assert group.memory.parent == tmp_path / "fs" / "user.slice"
    assert (group.memory / "memory.max").read_text() == str(2 << 20)
    assert (group.memory / "pids.max").read_text() == "3"
    (group.memory / "memory.events").write_text("low 0\noom 4\noom_kill 3\noom_group_kill 0\n")
    assert group.memory_kills() == 3


def test_without_the_controllers_there_are_no_groups(tmp_path: Path) -> None:
    membership = unified(tmp_path / "fs", "cpu")
    assert find(tmp_path / "fs", membership) is None
    assert find(tmp_path / "fs", tmp_path / "nothing") is None
