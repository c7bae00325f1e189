"""Attacks on what lies outside of a sandbox, each proven on a target that it made itself.

The same program runs first without protection, where it must succeed, and then in the sandbox, where
it must not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bare import BareProvider
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import Mount, SandboxSpec
from archon.ports.sandbox import Sandbox
from tests.security.battery.attack import Attack, attack, succeeds
from tests.security.battery.cases import each
from tests.security.battery.conditions import must_have
from tests.security.battery.harming import HARMING
from tests.security.battery.meddling import MEDDLING
from tests.security.battery.networking import NETWORKING
from tests.security.battery.reading import READING
from tests.security.battery.target import Target
from tests.security.battery.target import target as made_target

BATTERY = {"read": READING, "harm": HARMING, "meddle": MEDDLING, "reach": NETWORKING}
ATTACKS = {f"{family}: {each.name}": each for family, attacks in BATTERY.items() for each in attacks}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "host" / "workspace").mkdir(parents=True)
    return tmp_path / "host" / "workspace"


@pytest.fixture
def target(workspace: Path) -> Iterator[Target]:
    with made_target(workspace.parent) as made:
        yield made


@pytest.fixture
def spec(workspace: Path, target: Target) -> SandboxSpec:
    return SandboxSpec(workspace=workspace, mounts=(Mount(source=target.shown, target="/shown"),))


@pytest.fixture
async def sandbox(provider: BubblewrapProvider, spec: SandboxSpec) -> AsyncIterator[Sandbox]:
    sandbox = await provider.create(spec)
    yield sandbox
    await sandbox.close()


@pytest.fixture
async def bare(spec: SandboxSpec) -> AsyncIterator[Sandbox]:
    sandbox = await BareProvider(folders=LocalFolders()).create(replace(spec, mounts=()))
    yield sandbox
    await sandbox.close()


async def test_what_is_allowed_succeeds(target: Target, sandbox: Sandbox, workspace: Path) -> None:
    """Or else the others would be stopped by something that has nothing to do with them."""
    allowed = attack("write to the workspace", "open('mine', 'w').close(); harm('mine'); won()")
    assert await succeeds(allowed, target, sandbox, here=workspace, shown="/shown")


@each("attack", ATTACKS)
async def test_works_without_protection(
    attack: Attack, target: Target, bare: Sandbox, workspace: Path
) -> None:
    must_have(attack.needs)
    assert await succeeds(attack, target, bare, here=workspace, shown=str(target.shown))


@each("attack", ATTACKS)
async def test_is_stopped(attack: Attack, target: Target, sandbox: Sandbox, workspace: Path) -> None:
    assert not await succeeds(attack, target, sandbox, here=workspace, shown="/shown")
