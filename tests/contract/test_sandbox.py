"""Every provider keeps the contract of its port; bubblewrap also that of isolation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bare import BareProvider
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, SandboxSpec
from archon.testing.isolation_contract import IsolationContract
from archon.testing.network_contract import NetworkContract
from archon.testing.sandbox_contract import SandboxContract


class TestBubblewrap(IsolationContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> BubblewrapProvider:
        return BubblewrapProvider(scratch=tmp_path / "scratch", folders=LocalFolders())


class TestBubblewrapServes(NetworkContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> BubblewrapProvider:
        return BubblewrapProvider(scratch=tmp_path / "scratch", folders=LocalFolders())


class TestBare(SandboxContract):
    @pytest.fixture
    def provider(self) -> BareProvider:
        return BareProvider(folders=LocalFolders())

    async def test_it_says_that_it_is_no_sandbox(self, provider: BareProvider) -> None:
        guarantees = await provider.probe()
        assert not guarantees.isolated
        assert "NO SANDBOX" in guarantees.warnings[0]


async def test_commands_can_be_interrupted_as_they_are_used_to(tmp_path: Path) -> None:
    provider = BubblewrapProvider(scratch=tmp_path / "scratch", folders=LocalFolders())
    (tmp_path / "workspace").mkdir()
    sandbox = await provider.create(SandboxSpec(workspace=tmp_path / "workspace"))
    results = [
        await sandbox.exec(Command(argv=("sh", "-c", f"kill -{name} $$; echo ignored")))
        for name in ("INT", "QUIT", "TERM")
    ]
    await sandbox.close()
    assert [(r.exit_code, r.stdout) for r in results] == [(130, b""), (131, b""), (143, b"")]


async def test_a_missing_bubblewrap_is_named_with_its_cure(tmp_path: Path) -> None:
    provider = BubblewrapProvider(scratch=tmp_path, folders=LocalFolders(), program="no-such-bwrap")
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        await provider.probe()


async def test_a_missing_python_is_named_with_its_cure(tmp_path: Path) -> None:
    provider = BubblewrapProvider(scratch=tmp_path, folders=LocalFolders(), python=tmp_path / "none")
    with pytest.raises(SandboxUnavailable, match="Install python3"):
        await provider.probe()


async def test_a_bubblewrap_that_cannot_start_is_no_answer_of_the_command(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text(
        '#!/bin/sh\nif [ "$1" = --help ]; then exec bwrap --help; fi\necho "broken" >&2; exit 1\n'
    )
    broken.chmod(0o755)
    provider = BubblewrapProvider(scratch=tmp_path / "s", folders=LocalFolders(), program=str(broken))
    with pytest.raises(SandboxUnavailable, match="cannot start: broken"):
        await provider.probe()


async def test_the_system_python_can_be_shown_instead(tmp_path: Path) -> None:
    provider = BubblewrapProvider(scratch=tmp_path, folders=LocalFolders(), python=Path("/usr"))
    sandbox = await provider.create(SandboxSpec(workspace=tmp_path))
    result = await sandbox.exec(Command(argv=("python", "-c", "import sys, ssl; print(sys.base_prefix)")))
    await sandbox.close()
    assert result.stdout == b"/usr\n"


async def test_many_commands_leave_no_descriptor_behind(tmp_path: Path) -> None:
    provider = BubblewrapProvider(scratch=tmp_path, folders=LocalFolders())
    sandbox = await provider.create(SandboxSpec(workspace=tmp_path))
    await sandbox.exec(Command(argv=("true",)))
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        await sandbox.exec(Command(argv=("true",), stdin=b"x"))
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    await sandbox.close()
