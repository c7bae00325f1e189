"""What every sandbox does with commands and files. Subclass it and give it a provider."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from archon.domain.errors import InvalidInput, NotFound, SandboxUnavailable
from archon.domain.execution import Command, ExecResult, SandboxLimits, SandboxSpec
from archon.ports.sandbox import Sandbox, SandboxProvider

HOLD = "import fcntl, os, time\nfile = open('held', 'w')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
"""The beginning of a program that holds a lock in the workspace for as long as it lives."""
DAEMON = (
    HOLD
    + "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n  time.sleep(1000)\n os._exit(0)\nprint('left')"
)
NEVER_ENDING = HOLD + "open('started', 'w').close()\ntime.sleep(1000)"


def is_free(workspace: Path) -> bool:
    """Whether every process that held the lock in the workspace is dead."""
    with (workspace / "held").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


async def heard(workspace: Path) -> None:
    """Wait until a command has opened the fifo `started` that `listen` made."""
    await asyncio.to_thread((workspace / "started").read_bytes)


def listen(workspace: Path) -> None:
    os.mkfifo(workspace / "started")
    (workspace / "started").chmod(0o666)


async def python(sandbox: Sandbox, program: str, *, timeout_s: float = 60) -> ExecResult:
    return await sandbox.exec(Command(argv=("python", "-c", program), timeout_s=timeout_s))


async def shell(sandbox: Sandbox, script: str, *, timeout_s: float = 60) -> ExecResult:
    return await sandbox.exec(Command(argv=("sh", "-c", script), timeout_s=timeout_s))


class SandboxContract:
    """Needs a `provider` fixture."""

    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Path:
        (tmp_path / "workspace").mkdir()
        return tmp_path / "workspace"

    @pytest.fixture
    async def sandbox(self, provider: SandboxProvider, workspace: Path) -> AsyncIterator[Sandbox]:
        sandbox = await provider.create(SandboxSpec(workspace=workspace))
        yield sandbox
        await sandbox.close()

    async def test_output_and_exit_code_come_back_as_they_were(self, sandbox: Sandbox) -> None:
        result = await shell(sandbox, r"printf 'out\377\n'; printf 'err\r' >&2; exit 7")
        assert (result.exit_code, result.stdout, result.stderr) == (7, b"out\xff\n", b"err\r")
        assert not (result.timed_out or result.out_of_memory or result.stdout_truncated)

    async def test_a_signal_is_told_as_a_shell_tells_it(self, sandbox: Sandbox) -> None:
        assert (await shell(sandbox, "kill -9 $$")).exit_code == 137

    async def test_what_cannot_be_started_is_an_answer(self, sandbox: Sandbox, workspace: Path) -> None:
        (workspace / "plain").write_text("no program")
        missing = await sandbox.exec(Command(argv=("no-such-program",)))
        forbidden = await sandbox.exec(Command(argv=("./plain",)))
        nowhere = await sandbox.exec(Command(argv=("true",), cwd="/workspace/nowhere"))
        assert (missing.exit_code, forbidden.exit_code, nowhere.exit_code) == (127, 126, 126)
        assert missing.stderr and forbidden.stderr and nowhere.stderr

    @pytest.mark.parametrize(
        "command",
        [
            Command(argv=()),
            Command(argv=("",)),
            Command(argv=("a\0b",)),
            Command(argv=("true",), cwd="sub"),
            Command(argv=("true",), env={"A=B": "c"}),
        ],
        ids=["nothing", "empty", "nul", "relative", "variable"],
    )
    async def test_what_no_process_could_be_given_is_refused(
        self, sandbox: Sandbox, command: Command
    ) -> None:
        with pytest.raises(InvalidInput):
            await sandbox.exec(command)

    async def test_words_arrive_as_they_are(self, sandbox: Sandbox) -> None:
        words = ("", " ", "-n", "a=b", "$HOME", "`id`", "'\"\\", "line\nbreak", "*", "ü", "--")
        program = "import sys; print(ascii(sys.argv[1:]))"
        result = await sandbox.exec(Command(argv=("python", "-c", program, *words)))
        assert result.stdout.decode().strip() == ascii(list(words))

    async def test_input_arrives_whole_and_ends(self, sandbox: Sandbox) -> None:
        data = os.urandom(3_000_000)
        echoed = await sandbox.exec(Command(argv=("cat",), stdin=data, max_output_bytes=4_000_000))
        waiting = await sandbox.exec(Command(argv=("cat",)))
        assert echoed.stdout == data
        assert (waiting.exit_code, waiting.stdout) == (0, b"")

    async def test_variables_and_the_working_directory_are_given(
        self, sandbox: Sandbox, workspace: Path
    ) -> None:
        await sandbox.write("sub/file", b"here")
        command = Command(argv=("sh", "-c", 'cat file; echo "$X"'), cwd="/workspace/sub", env={"X": "a b"})
        assert (await sandbox.exec(command)).stdout == b"herea b\n"

    async def test_the_same_python_environment_everywhere(self, sandbox: Sandbox) -> None:
        program = (
            "import os, time; print(time.tzname[0], os.environ['PYTHONHASHSEED'], hash('a') == hash('a'))"
        )
        assert (await python(sandbox, program)).stdout == b"UTC 0 True\n"

    async def test_output_over_the_limit_is_read_away_and_said_to_be(self, sandbox: Sandbox) -> None:
        flood = "head -c 3000000 /dev/zero; printf 12345 >&2"
        command = Command(argv=("sh", "-c", flood), max_output_bytes=5)
        result = await sandbox.exec(command)
        assert (result.exit_code, len(result.stdout), result.stderr) == (0, 5, b"12345")
        assert (result.stdout_truncated, result.stderr_truncated) == (True, False)

    async def test_output_is_heard_as_it_comes_also_what_is_not_kept(
        self, sandbox: Sandbox, workspace: Path
    ) -> None:
        os.mkfifo(workspace / "go")
        (workspace / "go").chmod(0o666)
        said, heard = bytearray(), asyncio.Event()

        def hear(stream: Literal["stdout", "stderr"], piece: bytes) -> None:
            said.extend(stream[-3:-2].encode() + piece)
            heard.set()

        command = Command(argv=("sh", "-c", "echo on; cat go; echo off >&2"), max_output_bytes=2)
        running = asyncio.create_task(sandbox.exec(command, heard=hear))
        await heard.wait()
        assert not running.done()
        await asyncio.to_thread((workspace / "go").write_bytes, b"go\n")
        result = await running
        assert bytes(said) == b"oon\nogo\neoff\n"
        assert (result.stdout, result.stdout_truncated) == (b"on", True)

    async def test_a_command_that_does_not_end_is_ended(self, sandbox: Sandbox, workspace: Path) -> None:
        started = time.monotonic()
        program = (
            HOLD + "import signal\nsignal.signal(15, signal.SIG_IGN)\nprint('on', flush=True)\nwhile 1: pass"
        )
        result = await python(sandbox, program, timeout_s=1)
        assert (result.exit_code, result.timed_out, result.stdout) == (124, True, b"on\n")
        assert time.monotonic() - started < 5
        assert is_free(workspace)

    async def test_daemons_die_with_their_command_and_hold_nothing_up(
        self, sandbox: Sandbox, workspace: Path
    ) -> None:
        started = time.monotonic()
        result = await python(sandbox, DAEMON)
        assert result.stdout == b"left\n"
        assert time.monotonic() - started < 5
        assert is_free(workspace)

    async def test_cancelling_kills(self, sandbox: Sandbox, workspace: Path) -> None:
        listen(workspace)
        running = asyncio.create_task(python(sandbox, NEVER_ENDING))
        await heard(workspace)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert is_free(workspace)

    async def test_memory_is_bounded(self, provider: SandboxProvider, workspace: Path) -> None:
        sandbox = await provider.create(SandboxSpec(workspace=workspace, limits=SandboxLimits(memory_mb=100)))
        result = await python(sandbox, "data = bytearray(400_000_000); print('had it')")
        assert result.exit_code != 0
        assert result.stdout == b""
        await sandbox.close()

    async def test_files_go_in_and_come_out(self, sandbox: Sandbox, workspace: Path) -> None:
        await sandbox.write(
            "bin/run", b"#!/bin/sh\ncat data > out/result; echo more >> data", executable=True
        )
        await sandbox.write("data", b"text\n")
        assert (await shell(sandbox, "mkdir out && bin/run")).exit_code == 0
        assert (await sandbox.read("out/result"), await sandbox.read("data")) == (b"text\n", b"text\nmore\n")
        assert (workspace / "out" / "result").read_bytes() == b"text\n"

    @pytest.mark.parametrize("path", ["../x", "/etc/hostname", "a/../../x", "", "a\0"])
    async def test_paths_that_leave_the_workspace_are_refused(self, sandbox: Sandbox, path: str) -> None:
        with pytest.raises(InvalidInput):
            await sandbox.read(path)
        with pytest.raises(InvalidInput):
            await sandbox.write(path, b"")

    async def test_a_missing_file_is_said_to_be_missing(self, sandbox: Sandbox) -> None:
        with pytest.raises(NotFound):
            await sandbox.read("nothing")

    async def test_several_at_once_do_not_mix(self, provider: SandboxProvider, workspace: Path) -> None:
        spec = SandboxSpec(workspace=workspace)
        first, second = await asyncio.gather(provider.create(spec), provider.create(spec))
        scripts = [f"echo {number}; echo {number} > {number}; exit {number}" for number in range(8)]
        results = await asyncio.gather(
            *(shell(sandbox, script) for sandbox, script in zip([first, second] * 4, scripts, strict=True))
        )
        assert [(r.exit_code, r.stdout) for r in results] == [(n, f"{n}\n".encode()) for n in range(8)]
        await first.close()
        assert (await shell(second, "echo still >> 1; cat 1")).stdout == b"1\nstill\n"
        await second.close()

    async def test_closing_ends_it_for_good(self, provider: SandboxProvider, workspace: Path) -> None:
        sandbox = await provider.create(SandboxSpec(workspace=workspace))
        await sandbox.write("kept", b"kept")
        await sandbox.close()
        await sandbox.close()
        with pytest.raises(SandboxUnavailable):
            await sandbox.exec(Command(argv=("true",)))
        assert (workspace / "kept").read_bytes() == b"kept"

    async def test_a_workspace_that_is_no_folder_is_refused(
        self, provider: SandboxProvider, workspace: Path
    ) -> None:
        with pytest.raises(InvalidInput):
            await provider.create(SandboxSpec(workspace=workspace / "missing"))

    async def test_the_probe_names_the_provider(self, provider: SandboxProvider) -> None:
        assert (await provider.probe()).provider == provider.name
