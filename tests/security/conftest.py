"""The places that attacks start from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bare import BareProvider
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import SandboxSpec
from archon.ports.sandbox import Sandbox


@pytest.fixture
def provider(tmp_path: Path) -> BubblewrapProvider:
    return BubblewrapProvider(scratch=tmp_path / "scratch", folders=LocalFolders())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
async def sandbox(provider: BubblewrapProvider, workspace: Path) -> AsyncIterator[Sandbox]:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def bare(workspace: Path) -> AsyncIterator[Sandbox]:
    """No protection: where an attack is shown to work before it is shown to be stopped."""
    sandbox = await BareProvider(folders=LocalFolders()).create(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.close()
