"""The sandbox without namespaces keeps the contract of isolation, but for where folders are seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.adapters.sandbox.ordered import OrderedProvider
from archon.domain.execution import Command, Mount, SandboxSpec
from archon.ports.sandbox import SandboxProvider
from archon.testing.isolation_contract import IsolationContract
from archon.testing.sandbox_contract import shell
from tests.builders.landlock import landlock_provider, needs_landlock, open_folder

pytestmark = needs_landlock


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


async def test_where_bubblewrap_cannot_start_this_sandbox_takes_its_place(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(
        '#!/bin/sh\nif [ "$1" = --help ]; then exec bwrap --help; fi\n'
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    broken.chmod(0o755)
    scratch = tmp_path / "scratch"
    bubblewrap = BubblewrapProvider(scratch=scratch, folders=LocalFolders(), program=str(broken))
    provider = OrderedProvider([bubblewrap, landlock_provider(scratch)])
    (tmp_path / "workspace").mkdir()
    sandbox = await provider.create(SandboxSpec(workspace=tmp_path / "workspace"))
    result = await shell(sandbox, "pwd")
    await sandbox.close()
    assert result.stdout.decode().strip() == str(tmp_path / "workspace")
    assert (provider.name, (await provider.probe()).provider) == ("landlock", "landlock")


class TestLandlock(IsolationContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> LandlockProvider:
        return landlock_provider(tmp_path / "scratch")

    async def test_mounts_are_shown_read_only_at_their_place(
        self, provider: SandboxProvider, workspace: Path, tmp_path: Path
    ) -> None:
        """Without mounts of its own a folder is seen where it is: words of a command are put right."""
        (tmp_path / "shown").mkdir()
        (tmp_path / "shown" / "file").write_text("shown")
        mount = Mount(source=tmp_path / "shown", target="/checks/deep")
        sandbox = await provider.create(SandboxSpec(workspace=workspace, mounts=(mount,)))
        script = 'cat "$1"; touch "$2" || touch "$PLACE/new" || chmod 777 "$PLACE"'
        words = ("/checks/deep/file", "/checks/deep/new")
        env = {"PLACE": "/checks/deep"}
        result = await sandbox.exec(Command(argv=("sh", "-c", script, "sh", *words), env=env))
        await sandbox.close()
        assert (result.stdout, result.exit_code) == (b"shown", 1)
        assert [each.name for each in (tmp_path / "shown").iterdir()] == ["file"]
        assert (tmp_path / "shown").stat().st_mode & 0o777 != 0o777
