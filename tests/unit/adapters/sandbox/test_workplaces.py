"""What sandboxes take of the machine, and give back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.marks import own_mark
from archon.adapters.sandbox.workplaces import Workplaces
from archon.domain.errors import InvalidInput
from archon.domain.execution import SandboxSpec

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has user ids to give")


@pytest.fixture
async def workplaces(tmp_path: Path) -> Workplaces:
    workplaces = Workplaces(tmp_path / "scratch", LocalFolders())
    await workplaces.open()
    return workplaces


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


async def test_what_dead_processes_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    living, others = own_mark(), ("etc", "users", "probe-x-y-z", "probe-1", "note")
    kept = {*others, f"probe-{living}-a", f"trial-{living}-b", f"pid-{living}-1"}
    for name in (*kept, "probe-1-1-a", "trial-1-1-b", "pid-1-1-1"):
        (tmp_path / name / "deep").mkdir(parents=True)
    await Workplaces(tmp_path, LocalFolders()).open()
    assert set(os.listdir(tmp_path)) == kept  # noqa: PTH208 - a look, not a walk


async def test_its_own_names_are_such_as_are_swept(workplaces: Workplaces, tmp_path: Path) -> None:
    with workplaces.temporary("probe") as folder:
        assert (folder.parent, folder.is_dir()) == (tmp_path / "scratch", True)
        assert folder.name.startswith(f"probe-{own_mark()}-")
    assert not folder.exists()
    first, second = workplaces.fresh("pid"), workplaces.fresh("pid")
    assert first != second and not first.exists()
    assert first.name.startswith(f"pid-{own_mark()}-")


async def test_a_workspace_that_is_no_folder_is_refused(workplaces: Workplaces, workspace: Path) -> None:
    with pytest.raises(InvalidInput):
        await workplaces.take(SandboxSpec(workspace=workspace / "missing"))


async def test_a_link_to_a_workspace_is_followed_once(
    workplaces: Workplaces, workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(workspace)
    workplace = await workplaces.take(SandboxSpec(workspace=tmp_path / "link"))
    assert workplace.path == workspace
    workplace.leave()


@as_root
@pytest.mark.parametrize("hands_back", [False, True])
async def test_the_last_to_leave_hands_back(
    workplaces: Workplaces, workspace: Path, hands_back: bool
) -> None:
    os.chown(workspace, 4321, 5432)
    spec = SandboxSpec(workspace=workspace, hands_back=hands_back)
    first, second = await workplaces.take(spec), await workplaces.take(spec)
    first.folder.write("sub/file", b"")
    first.leave()
    during = (workspace / "sub" / "file").stat()
    second.leave()
    after = (workspace / "sub" / "file").stat()
    assert first.user == second.user == during.st_uid
    assert (after.st_uid, after.st_gid) == ((4321, 5432) if hands_back else (first.user, first.user))


@as_root
async def test_a_workspace_that_is_gone_gives_its_user_id_back(
    workplaces: Workplaces, workspace: Path, tmp_path: Path
) -> None:
    workplace = await workplaces.take(SandboxSpec(workspace=workspace, hands_back=True))
    shutil.rmtree(workspace)
    workplace.leave()
    other = tmp_path / "other"
    other.mkdir()
    assert workplace.user is not None
    os.chown(other, workplace.user, workplace.user)
    process = Workplaces(tmp_path / "scratch", LocalFolders())
    await process.open()
    assert (await process.take(SandboxSpec(workspace=other))).user == workplace.user
