"""Attacks on what the host does afterwards with the files that a program left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.errors import InvalidInput
from archon.domain.execution import SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import shell

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "canary").write_text("secret")
    return tmp_path / "home" / "canary"


def content(path: Path) -> str:
    return path.read_text()


def owner(path: Path) -> int:
    return path.stat().st_uid


LEADS_OUT = {
    "a link in place of the result": "ln -s {canary} result",
    "a relative link": "ln -s ../home/canary result",
    "a link in place of its folder": "ln -s ../home out; ln -s out/canary result",
    "a link to what every process has": "ln -s /proc/self/environ result",
}


@pytest.mark.parametrize("script", LEADS_OUT.values(), ids=LEADS_OUT.keys())
async def test_a_link_leads_a_careless_reader_out_and_the_sandbox_not(
    script: str, sandbox: Sandbox, workspace: Path, canary: Path
) -> None:
    assert (await shell(sandbox, script.format(canary=canary))).exit_code == 0
    careless = (workspace / "result").read_bytes()  # noqa: ASYNC240 - that this works is the point
    with pytest.raises(InvalidInput):
        await sandbox.read("result")
    assert careless == b"secret" or b"=" in careless


async def test_a_folder_that_became_a_link_is_not_entered(sandbox: Sandbox, canary: Path) -> None:
    await sandbox.write("out/canary", b"mine")
    await shell(sandbox, "rm -r out; ln -s ../home out")
    with pytest.raises(InvalidInput):
        await sandbox.read("out/canary")
    with pytest.raises(InvalidInput):
        await sandbox.write("out/canary", b"harmed")
    assert content(canary) == "secret"


async def test_writing_over_a_link_replaces_it(sandbox: Sandbox, canary: Path) -> None:
    await shell(sandbox, f"ln -s {canary} result")
    await sandbox.write("result", b"mine")
    assert (await sandbox.read("result"), content(canary)) == (b"mine", "secret")


@pytest.mark.parametrize(
    "script",
    ["mkfifo result", "mkdir result", "truncate -s 900M result"],
    ids=["fifo", "folder", "larger than memory should hold"],
)
async def test_what_is_no_plain_result_is_refused_at_once(script: str, sandbox: Sandbox) -> None:
    assert (await shell(sandbox, script)).exit_code == 0
    with pytest.raises(InvalidInput):
        await sandbox.read("result")


async def test_a_locked_result_is_still_read(sandbox: Sandbox) -> None:
    await shell(sandbox, "mkdir -p a; echo text > a/b; chmod 0 a/b; chmod 0 a")
    assert await sandbox.read("a/b") == b"text\n"


@as_root
async def test_files_with_names_elsewhere_are_not_given_away(
    provider: BubblewrapProvider, workspace: Path, canary: Path
) -> None:
    """Package caches link their files into projects: giving those away would give away the cache."""
    (workspace / "hard").hardlink_to(canary)
    (workspace / "own").write_text("own")
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    result = await shell(sandbox, "echo harmed > hard; echo mine > own")
    await sandbox.close()
    assert result.stderr != b""
    assert (owner(canary), content(canary)) == (os.getuid(), "secret")
    assert content(workspace / "own") == "mine\n"


@as_root
async def test_a_program_left_behind_that_takes_its_owners_rights_gains_none(
    sandbox: Sandbox, workspace: Path
) -> None:
    await shell(sandbox, "cp /usr/bin/id left; chmod 6755 left")
    assert owner(workspace / "left") != os.getuid()
