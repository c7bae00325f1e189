"""What commands and sandboxes without namespaces see of each other and of their caller, and may use."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox import groups
from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import SandboxLimits, SandboxSpec
from archon.ports.sandbox import Network, Sandbox
from archon.testing.sandbox_contract import NEVER_ENDING, heard, listen, python, shell
from tests.builders.landlock import landlock_provider, needs_landlock

pytestmark = needs_landlock


async def test_what_one_command_left_in_its_private_folder_the_next_does_not_see(sandbox: Sandbox) -> None:
    leaving = 'cd "$TMPDIR" && mkdir -p a/b && echo secret > a/b/c && chmod 0 a/b a && chmod 0 .'
    assert (await shell(sandbox, leaving)).exit_code == 0
    assert (await shell(sandbox, 'ls -A "$TMPDIR"; echo looked')).stdout == b"looked\n"


async def test_a_closed_sandbox_leaves_no_private_folder(
    provider: LandlockProvider, workspace: Path, tmp_path: Path
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    await shell(sandbox, 'mkdir "$TMPDIR/a"; chmod 0 "$TMPDIR/a"')
    await sandbox.close()
    (own,) = (tmp_path / "scratch" / "private").iterdir()
    assert [each.name for each in own.iterdir()] == ["programs"]


async def test_two_sandboxes_of_one_user_do_not_reach_each_other(
    provider: LandlockProvider, workspace: Path
) -> None:
    first, second = [await provider.create(SandboxSpec(workspace=workspace)) for _ in range(2)]
    listen(workspace)
    telling = "import os\nopen(os.environ['TMPDIR'] + '/secret', 'w').write('secret')\n"
    telling += "open('who', 'w').write(f\"{os.getpid()} {os.environ['TMPDIR']}\")\n"
    running = asyncio.create_task(python(first, telling + NEVER_ENDING))
    await heard(workspace)
    looking = (
        "import os\nprocess, folder = open('who').read().split()\n"
        "for act in (lambda: os.kill(int(process), 9), lambda: os.listdir(folder),\n"
        "            lambda: open(folder + '/secret'), lambda: open(folder + '/new', 'w'),\n"
        "            lambda: os.chmod(folder, 0), lambda: open(f'/proc/{process}/environ')):\n"
        "    try: act(); print('done')\n"
        "    except OSError: print('stopped')\n"
    )
    result = await python(second, looking)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await first.close()
    await second.close()
    assert (result.stdout, result.stderr) == (b"stopped\n" * 6, b"")


async def test_it_does_not_claim_to_have_a_network(sandbox: Sandbox) -> None:
    assert not isinstance(sandbox, Network)
    assert b"_PROXY" not in (await shell(sandbox, "env")).stdout.upper()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sandboxes are another user")
async def test_the_workspace_is_given_back_where_that_is_wished(
    provider: LandlockProvider, workspace: Path
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace, hands_back=True))
    await shell(sandbox, "touch made")
    owner_meanwhile = (workspace / "made").stat().st_uid
    await sandbox.close()
    assert owner_meanwhile != os.getuid()
    assert {each.stat().st_uid for each in (workspace, workspace / "made")} == {os.getuid()}


async def test_nothing_but_the_first_three_descriptors_is_there(sandbox: Sandbox) -> None:
    program = (
        "import os\n"
        "for number in range(1000):\n"
        "    try: os.fstat(number); print(number)\n"
        "    except OSError: pass\n"
    )
    assert (await python(sandbox, program)).stdout == b"0\n1\n2\n"


async def test_nothing_of_the_callers_environment_is_there(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHON_TEST_SECRET", "canary")
    assert b"canary" not in (await shell(sandbox, "env")).stdout


async def test_the_private_folder_may_not_grow_beyond_the_limit(
    provider: LandlockProvider, workspace: Path
) -> None:
    limits = SandboxLimits(disk_mb=20)
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=limits))
    filling = 'i=0; while [ $i -lt 30 ]; do head -c 5000000 /dev/zero > "$TMPDIR/$i"; i=$((i+1)); done'
    result = await shell(sandbox, f"{filling}; sleep 1000")
    await sandbox.close()
    assert result.out_of_disk


@pytest.mark.parametrize("group", [True, False], ids=["as it is here", "without control groups"])
async def test_processes_and_memory_are_bounded(
    group: bool, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not group:
        monkeypatch.setattr(groups, "find", lambda: None)
    limits = SandboxLimits(memory_mb=200, pids=20)
    sandbox = await landlock_provider(tmp_path / "scratch").create(
        SandboxSpec(workspace=workspace, limits=limits)
    )
    multiplying = (
        "import os, time\nfor _ in range(40):\n"
        "    try:\n        if os.fork() == 0: time.sleep(1000)\n"
        "    except BlockingIOError: raise SystemExit(1)\n"
        "time.sleep(1000)\n"
    )
    many = await python(sandbox, multiplying, timeout_s=20)
    each = "data = bytearray(90_000_000); data[::4096] = b'x' * len(data[::4096])"
    eating = f"import os, time\nfor _ in range(8): os.fork() == 0 and (exec({each!r}), time.sleep(1000))\n"
    much = await python(sandbox, eating + "os.wait(); data = bytearray(b'x') * 400_000_000", timeout_s=20)
    after = await shell(sandbox, "echo on")
    await sandbox.close()
    assert many.exit_code in {1, 137}
    assert much.out_of_memory
    assert after.stdout == b"on\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sandboxes are another user")
async def test_a_workspace_that_its_user_cannot_reach_is_refused_with_the_cure(
    provider: LandlockProvider, tmp_path: Path
) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "closed" / "workspace").mkdir()
    sandbox = await provider.create(SandboxSpec(workspace=tmp_path / "closed" / "workspace"))
    with pytest.raises(SandboxUnavailable, match=r"closed/workspace.*chmod 711"):
        await shell(sandbox, "true")
    await sandbox.close()


async def test_a_python_that_lies_among_what_is_the_users_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to("/usr/bin/python3")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    provider = LandlockProvider(scratch=tmp_path / "s", folders=LocalFolders(), python=tmp_path)
    with pytest.raises(SandboxUnavailable, match="a folder of its own"):
        await provider.probe()
