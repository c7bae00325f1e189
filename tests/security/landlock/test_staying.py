"""Attacks by staying, and on those that end what a command started."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archon.adapters.sandbox.landlock import guarded
from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.adapters.sandbox.tree import children
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import HOLD, NEVER_ENDING, heard, is_free, listen, python, shell
from tests.builders.landlock import landlock_provider, needs_landlock
from tests.security.test_leftovers import STAYING

pytestmark = needs_landlock

ROOT = Path(__file__).parents[2]
HOST = """
import asyncio, sys
from pathlib import Path
from archon.domain.execution import Command, SandboxSpec
from tests.builders.landlock import landlock_provider

async def main(workspace, program):
    provider = landlock_provider(workspace.parent / "scratch")
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await sandbox.exec(Command(argv=("python", "-c", program), timeout_s=1000))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""
STAYING_TWICE = (
    HOLD
    + "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(1000)\n os._exit(0)\n"
    + "open('started', 'w').close()\ntime.sleep(1000)"
)
"""A command that does not end, and a process of its own that does not either."""


@pytest.mark.parametrize("whom", ["agent", "guard", "everybody"])
async def test_a_command_cannot_kill_those_that_end_it(whom: str, sandbox: Sandbox, workspace: Path) -> None:
    guard = await _guard(sandbox)
    (agent,) = children(guard)
    listen(workspace)
    program = (
        "import os, sys\n"
        "for number in (9, 15, 19):\n"
        " try: os.kill(int(sys.argv[1]), number)\n"
        " except PermissionError: print('stopped')\n"
    )
    if whom == "everybody":
        program = "import os\nos.kill(-1, 9)\nprint('on')\n"
    words = {"agent": str(agent), "guard": str(guard), "everybody": ""}
    result = await sandbox.exec(Command(argv=("python", "-c", program, words[whom])))
    assert result.stdout == (b"on\n" if whom == "everybody" else b"stopped\n" * 3)
    assert (await _guard(sandbox), children(guard)) == (guard, [agent])


@pytest.mark.parametrize("whom", ["guard", "agent"])
async def test_when_one_of_those_that_end_it_is_killed_the_other_does(
    whom: str, sandbox: Sandbox, workspace: Path
) -> None:
    guard = await _guard(sandbox)
    victim = guard if whom == "guard" else children(guard)[0]
    listen(workspace)
    running = asyncio.create_task(python(sandbox, STAYING_TWICE, timeout_s=60))
    await heard(workspace)
    os.kill(victim, signal.SIGKILL)
    with pytest.raises(SandboxUnavailable):
        await running
    assert is_free(workspace)
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_a_guard_that_does_not_react_is_killed(
    provider: LandlockProvider, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "GRACE_S", 0.1)
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    guard = await _guard(sandbox)
    listen(workspace)
    running = asyncio.create_task(python(sandbox, NEVER_ENDING))
    await heard(workspace)
    os.kill(guard, signal.SIGSTOP)
    await sandbox.close()
    with pytest.raises(SandboxUnavailable):
        await running
    assert is_free(workspace)


@pytest.mark.parametrize("program", STAYING.values(), ids=STAYING.keys())
async def test_nothing_outlives_its_command(program: str, sandbox: Sandbox, workspace: Path) -> None:
    result = await python(sandbox, HOLD + program, timeout_s=30)
    assert (result.exit_code, result.timed_out) == (0, False)
    assert is_free(workspace)


async def test_what_a_killed_archon_ran_dies_with_it_and_is_swept(workspace: Path, tmp_path: Path) -> None:
    listen(workspace)
    argv = [sys.executable, "-c", HOST, str(workspace), STAYING_TWICE]
    with subprocess.Popen(argv, cwd=ROOT) as host:  # noqa: ASYNC220
        await heard(workspace)
        host.kill()
    await asyncio.to_thread(_wait_until_free, workspace)
    left = {*(tmp_path / "scratch" / "private").iterdir()}
    await landlock_provider(tmp_path / "scratch").probe()
    assert len(left) == 1
    assert not left & {*(tmp_path / "scratch" / "private").iterdir()}


async def _guard(sandbox: Sandbox) -> int:
    """The first process of the sandbox, which is up then: here the one child with children."""
    await shell(sandbox, "true")
    found = [child for child in children(os.getpid()) if children(child)]
    (guard,) = found
    return guard


def _wait_until_free(workspace: Path) -> None:
    with (workspace / "held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
