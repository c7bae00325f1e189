"""What a sandbox does when the program inside that starts its commands is killed, stopped or lies."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from archon.adapters.sandbox import live
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.adapters.sandbox.session import SessionSandbox
from archon.adapters.sandbox.tree import children
from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Command, SandboxLimits, SandboxSpec
from archon.testing.sandbox_contract import HOLD, NEVER_ENDING, heard, is_free, listen, python, shell

GOES_FOR_THE_AGENT = {
    "kill it": "os.kill(1, 9)",
    "stop it": "os.kill(1, 19)",
    "every signal": "for number in range(1, 65):\n  try: os.kill(1, number)\n  except OSError: pass",
    "every signal to all": "import signal\nsignal.pthread_sigmask(0, range(1, 65))\n"
    "for number in set(range(1, 65)) - {9, 19}:\n  try: os.kill(-1, number)\n  except OSError: pass",
    "read its memory": "print(open('/proc/1/mem', 'rb').read(1))",
    "read its environment": "print(open('/proc/1/environ').read())",
    "take its link": "print([os.readlink(f'/proc/1/fd/{each}') for each in os.listdir('/proc/1/fd')])",
    "open what it has open": "print([os.open(f'/proc/1/fd/{each}', 2) for each in range(9)])",
    "see where it is": "print(os.readlink('/proc/1/cwd'), os.readlink('/proc/1/exe'))",
    "limit it": "import resource; print(resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3)))",
    "change its out-of-memory score": "open('/proc/1/oom_score_adj', 'w').write('1000'); print('done')",
}


@pytest.fixture
async def busy(sandbox: SessionSandbox, workspace: Path) -> asyncio.Task[object]:
    """A command that never ends, under way."""
    listen(workspace)
    running: asyncio.Task[object] = asyncio.create_task(python(sandbox, NEVER_ENDING, timeout_s=600))
    await heard(workspace)
    return running


@pytest.mark.parametrize("attack", GOES_FOR_THE_AGENT.values(), ids=GOES_FOR_THE_AGENT.keys())
async def test_a_command_gets_nothing_from_the_agent(sandbox: SessionSandbox, attack: str) -> None:
    result = await python(sandbox, f"import os\n{attack}")
    assert result.stdout == b""
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_an_agent_killed_from_outside_is_an_error_that_says_so_and_the_next_command_runs(
    sandbox: SessionSandbox, workspace: Path, busy: asyncio.Task[object]
) -> None:
    os.kill(_agent(), signal.SIGKILL)
    with pytest.raises(SandboxUnavailable, match="ended in the middle"):
        await busy
    assert is_free(workspace)
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_a_stopped_agent_holds_up_no_time_out(
    sandbox: SessionSandbox, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "GRACE_S", 0.2)
    listen(workspace)
    running = asyncio.create_task(python(sandbox, NEVER_ENDING, timeout_s=1))
    await heard(workspace)
    os.kill(_agent(), signal.SIGSTOP)
    started = time.monotonic()
    assert (await running).timed_out
    assert time.monotonic() - started < 10
    assert is_free(workspace)
    assert (await shell(sandbox, "echo on")).stdout == b"on\n"


async def test_a_stopped_agent_holds_up_no_close(
    sandbox: SessionSandbox, workspace: Path, busy: asyncio.Task[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "GRACE_S", 0.2)
    os.kill(_agent(), signal.SIGSTOP)
    await sandbox.close()
    with pytest.raises(SandboxUnavailable, match="closed"):
        await busy
    assert is_free(workspace)


async def test_an_agent_that_dies_between_commands_is_replaced(sandbox: SessionSandbox) -> None:
    await shell(sandbox, "true")
    os.kill(_agent(), signal.SIGKILL)
    results = [await _echo(sandbox) for _ in range(3)]
    assert results[-1] == b"on\n"


async def test_twenty_at_once_each_for_itself(provider: BubblewrapProvider, tmp_path: Path) -> None:
    async def one(number: int) -> bytes:
        folder = tmp_path / str(number)
        folder.mkdir()
        sandbox = await provider.create(SandboxSpec(workspace=folder))
        try:
            await sandbox.exec(Command(argv=("sh", "-c", f"echo {number} > /workspace/mine; hostname > h")))
            return (await sandbox.exec(Command(argv=("sh", "-c", "cat mine; ls /tmp /workspace")))).stdout
        finally:
            await sandbox.close()

    said = await asyncio.gather(*(one(number) for number in range(20)))
    assert said == [f"{number}\n/tmp:\n\n/workspace:\nh\nmine\n".encode() for number in range(20)]


async def test_a_hundred_commands_leave_no_file_process_or_group_behind(sandbox: SessionSandbox) -> None:
    await shell(sandbox, "true")
    before = _open_files(), children(os.getpid()), _agent()
    for _ in range(100):
        await sandbox.exec(Command(argv=("true",), stdin=b"x"))
    assert (_open_files(), children(os.getpid()), _agent()) == before


async def test_the_way_out_outlives_many_lives_of_a_sandbox(sandbox: SessionSandbox) -> None:
    asks = "import urllib.request as u; u.urlopen('https://example.com/')"
    assert (await python(sandbox, asks)).refusals
    for _ in range(70):  # more than the proxy serves at once
        await shell(sandbox, "touch /tmp/left")
    assert [each.target for each in (await python(sandbox, asks)).refusals] == ["example.com:443"]


async def test_a_command_beside_a_server_is_not_blamed_for_its_memory(
    provider: BubblewrapProvider, workspace: Path
) -> None:
    limits = SandboxLimits(memory_mb=100)
    sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=limits))
    greedy = Command(argv=("python", "-c", "import time; time.sleep(0.3); x = bytearray(b'x') * 400_000_000"))
    server = await sandbox.spawn(greedy)
    beside = await shell(sandbox, "sleep 1.5; echo on")
    result = await server.wait()
    await sandbox.close()
    assert (beside.exit_code, beside.stdout, beside.out_of_memory) == (0, b"on\n", False)
    assert result.exit_code != 0


async def test_cancelling_in_every_moment_leaves_a_sandbox_that_works(
    sandbox: SessionSandbox, workspace: Path
) -> None:
    for turns in range(0, 60, 3):
        running = asyncio.create_task(python(sandbox, HOLD + "open('/tmp/left', 'w')\ntime.sleep(1000)"))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})
    assert (await shell(sandbox, "ls /tmp; echo on")).stdout == b"on\n"


def _agent() -> int:
    """The agent of the only sandbox that this process has."""
    (outside,) = children(os.getpid())
    (agent,) = children(outside)
    return agent


def _open_files() -> list[str]:
    return sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208


async def _echo(sandbox: SessionSandbox) -> bytes:
    try:
        return (await shell(sandbox, "echo on")).stdout
    except SandboxUnavailable:
        return b""
