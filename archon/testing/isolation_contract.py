"""What only a sandbox that keeps things apart can do. Subclass it and give it a provider."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from archon.domain.errors import InvalidInput, SandboxUnavailable
from archon.domain.execution import Mount, SandboxLimits, SandboxSpec
from archon.ports.sandbox import SandboxProvider
from archon.testing.sandbox_contract import (
    NEVER_ENDING,
    SandboxContract,
    heard,
    is_free,
    listen,
    python,
    shell,
)

FILLS = (
    "for number in range({count}): open(f'made-{{number}}', 'wb').write(bytes({size_bytes}))\n"
    "import time; time.sleep(1000)"
)
"""A program that makes files, and stays."""
HIDES = (
    "import tempfile, time\nfiles = [tempfile.TemporaryFile(dir='.') for _ in range(90)]\n"
    "for file in files:\n file.write(bytes(1 << 20)); file.flush()\ntime.sleep(1000)"
)
"""A program that fills files without a name, and stays."""


def remove_made(workspace: Path) -> None:
    for each in workspace.glob("made-*"):
        each.unlink()


def owners(folder: Path) -> list[tuple[int, int]]:
    """User and group of a folder and of all in it."""
    return [(each.stat().st_uid, each.stat().st_gid) for each in (folder, *folder.rglob("*"))]


class IsolationContract(SandboxContract):
    """Needs a `provider` fixture."""

    async def test_little_memory_is_enough_for_little(
        self, provider: SandboxProvider, workspace: Path
    ) -> None:
        sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=SandboxLimits(memory_mb=48)))
        result = await shell(sandbox, "echo ok")
        await sandbox.close()
        assert (result.exit_code, result.stdout) == (0, b"ok\n"), result.stderr

    async def test_the_probe_says_that_it_isolates(self, provider: SandboxProvider) -> None:
        assert (await provider.probe()).isolated

    async def test_a_read_only_workspace_stays_as_it_is(
        self, provider: SandboxProvider, workspace: Path
    ) -> None:
        (workspace / "file").write_text("same")
        sandbox = await provider.create(SandboxSpec(workspace=workspace, read_only=True))
        result = await shell(sandbox, "cat file; echo x > file; rm -f file; touch new; chmod 777 .")
        assert result.stdout == b"same"
        assert os.listdir(workspace) == ["file"]  # noqa: PTH208 - a look, not a walk
        assert await sandbox.read("file") == b"same"
        with pytest.raises(InvalidInput):
            await sandbox.write("file", b"")
        await sandbox.close()

    async def test_mounts_are_shown_read_only_at_their_place(
        self, provider: SandboxProvider, workspace: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "shown").mkdir()
        (tmp_path / "shown" / "file").write_text("shown")
        mount = Mount(source=tmp_path / "shown", target="/checks/deep")
        sandbox = await provider.create(SandboxSpec(workspace=workspace, mounts=(mount,)))
        result = await shell(sandbox, "cat /checks/deep/file; touch /checks/deep/new /checks/new")
        assert (result.stdout, result.exit_code) == (b"shown", 1)
        assert [each.name for each in (tmp_path / "shown").iterdir()] == ["file"]
        await sandbox.close()

    @pytest.mark.parametrize(
        "target", ["/", "/etc", "/usr/lib", "/workspace/x", "/proc", "checks", "/a/../etc"]
    )
    async def test_a_mount_over_what_every_sandbox_has_is_refused(
        self, provider: SandboxProvider, workspace: Path, tmp_path: Path, target: str
    ) -> None:
        mount = Mount(source=tmp_path, target=target)
        with pytest.raises(InvalidInput):
            await provider.create(SandboxSpec(workspace=workspace, mounts=(mount,)))

    async def test_a_workspace_cannot_grow_beyond_its_limit(
        self, provider: SandboxProvider, workspace: Path
    ) -> None:
        (workspace / "before").write_bytes(bytes(30 << 20))
        spec = SandboxSpec(workspace=workspace, limits=SandboxLimits(disk_mb=20, files=100))
        sandbox = await provider.create(spec)
        large = await python(sandbox, FILLS.format(count=200, size_bytes=1 << 20))
        remove_made(workspace)
        freed = await shell(sandbox, "head -c 10000000 /dev/zero > made")
        hidden = await python(sandbox, HIDES)
        many = await python(sandbox, FILLS.format(count=200, size_bytes=0))
        await sandbox.close()
        assert (freed.exit_code, freed.out_of_disk) == (0, False)
        for result in (large, hidden, many):
            assert (result.exit_code, result.out_of_disk, result.timed_out) == (137, True, False)

    async def test_what_was_made_is_handed_back_where_that_is_asked_for(
        self, provider: SandboxProvider, workspace: Path
    ) -> None:
        owner = (4321, 5432) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
        os.chown(workspace, *owner)
        sandbox = await provider.create(SandboxSpec(workspace=workspace, hands_back=True))
        await sandbox.write("written", b"")
        assert (await shell(sandbox, "mkdir -p made/deep && touch made/deep/file")).exit_code == 0
        await sandbox.close()
        assert owners(workspace) == [owner] * 5

    async def test_closing_kills_what_runs(self, provider: SandboxProvider, workspace: Path) -> None:
        sandbox = await provider.create(SandboxSpec(workspace=workspace))
        listen(workspace)
        running = asyncio.create_task(python(sandbox, NEVER_ENDING))
        await heard(workspace)
        await sandbox.close()
        with pytest.raises(SandboxUnavailable):
            await running
        assert is_free(workspace)
