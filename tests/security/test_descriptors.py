"""Attacks by what a command is given: its input and outputs, its environment, its folder and its words."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.execution import Command, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell
from tests.security.battery.cases import each
from tests.security.battery.prelude import PRELUDE

CHANGES_INPUT = {
    "write to it": "os.write(0, b'x')",
    "cut it off": "os.ftruncate(0, 0)",
    "make it longer": "os.ftruncate(0, 1 << 20)",
    "open it again to write": "os.write(os.open('/proc/self/fd/0', os.O_WRONLY), b'x')",
    "open it again to cut it off": "os.open('/proc/self/fd/0', os.O_WRONLY | os.O_TRUNC)",
    "map it to write": "mmap.mmap(0, 5, mmap.MAP_SHARED, mmap.PROT_WRITE)[0] = 0",
    "take its seals off": "fcntl.fcntl(0, 1033, 0) == 0 and os.write(0, b'x')",
    "punch a hole into it": "must(libc.fallocate(0, 3, ctypes.c_long(0), ctypes.c_long(5)))",
    "copy something into it": "os.pwrite(0, b'x', 0)",
}
MISUSES_OUTPUT = {
    "make it not block": "os.set_blocking(1, False); os.set_blocking(2, False)",
    "make it as small as can be": "fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 4096)",
    "make it as large as can be": "fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)",
    "read it": "os.close(os.open('/proc/self/fd/1', os.O_RDONLY))",
    "read what the error says": "os.set_blocking(2, True); os.close(os.open('/proc/self/fd/2', os.O_RDONLY))",
    "have the kernel signal everybody about it": (
        "for pid in (1, os.getppid(), -os.getpgrp()):\n"
        " for each in (0, 1, 2):\n"
        "  fcntl.fcntl(each, fcntl.F_SETOWN, pid); fcntl.fcntl(each, 10, 9)\n"
        "  fcntl.fcntl(each, fcntl.F_SETFL, fcntl.fcntl(each, fcntl.F_GETFL) | os.O_ASYNC)"
    ),
    "lock it": "fcntl.flock(1, fcntl.LOCK_EX); fcntl.flock(0, fcntl.LOCK_EX)",
    "close it": "os.closerange(0, 3)",
    "hold it a thousand times": "held = [os.dup(1) for _ in range(900)]",
    "send it to oneself": (
        "one, other = socket.socketpair(); socket.send_fds(one, [b'x'], [0, 1, 2]); one.close()"
    ),
    "go back in it": "try: os.lseek(1, 0, 0)\nexcept OSError: pass",
    "close its mode": "try: os.fchmod(1, 0); os.fchmod(0, 0)\nexcept OSError: pass",
    "leave it to somebody who stays": "if os.fork() == 0: os.setsid(); time.sleep(1000)",
    "fill it and go": "os.set_blocking(1, False); [os.write(1, b'x' * 4096) for _ in range(16)]",
    "give it pages that change afterwards": (
        "page = mmap.mmap(-1, 4096); page[:4] = b'page'\n"
        "part = Vector(ctypes.addressof(ctypes.c_char.from_buffer(page)), 4)\n"
        "must(libc.vmsplice(1, ctypes.byref(part), ctypes.c_ulong(1), 8)); page[:4] = b'lies'"
    ),
}
FINDS_A_TERMINAL = (
    "try: os.open('/dev/tty', os.O_RDWR); print('a terminal')\nexcept OSError: pass\n"
    "print([each for each in (0, 1, 2) if os.isatty(each)], os.getsid(0) == os.getpid())"
)

LOADED = "/workspace/loaded"
TELLS = f"(id -u; grep CapEff /proc/self/status) >> {LOADED}"
TELLS_IN_PYTHON = f"import os; os.system({TELLS!r})\n"
TRAPS = {
    "sitecustomize.py": TELLS_IN_PYTHON,
    "usercustomize.py": TELLS_IN_PYTHON,
    "startup.py": TELLS_IN_PYTHON,
    "encodings.py": TELLS_IN_PYTHON,
    "socket.py": TELLS_IN_PYTHON,
    "ctypes.py": TELLS_IN_PYTHON,
    "trap.sh": TELLS,
    "Trap.pm": f"system('{TELLS}'); 1;",
    "pyvenv.cfg": "home = /workspace\ninclude-system-site-packages = false\n",
    **dict.fromkeys(
        ("sh", "env", "python", "python3", "setpriv", "prlimit", "bwrap", "unshare", "id", "ls"),
        f"#!/bin/sh\nPATH=/usr/bin:/bin; {TELLS}\n",
    ),
}
VARIABLES = {
    "where programs are": ({"PATH": "/workspace:/usr/bin:/bin"}, ("sh",)),
    "where modules are": ({"PYTHONPATH": "/workspace"}, ("python", "-c", "")),
    "what Python starts with": ({"PYTHONSTARTUP": "/workspace/startup.py"}, ("python", "-i")),
    "what bash starts with": ({"BASH_ENV": "/workspace/trap.sh"}, ("/bin/bash", "-c", ":")),
    "what a shell starts with": ({"ENV": "/workspace/trap.sh"}, ("/bin/sh", "-i")),
    "what bash runs before each line": (
        {"PROMPT_COMMAND": "/workspace/ls"},
        ("/bin/bash", "--norc", "-i"),
    ),
    "what bash says before each line": (
        {"SHELLOPTS": "xtrace", "PS4": f"$({TELLS})"},
        ("/bin/bash", "-c", ":"),
    ),
    "what perl starts with": (
        {"PERL5LIB": "/workspace", "PERL5OPT": "-MTrap"},
        ("/usr/bin/perl", "-e", "1"),
    ),
}
ODD_WORDS = {
    "an option of exec": (("-a", "name", "true"), 127),
    "an assignment": (("A=B", "true"), 127),
    "two dashes": (("--", "true"), 127),
    "a path of blanks": ((" ",), 127),
    "a builtin of the shell": (("exit", "0"), 127),
    "an expression": (("true;true",), 127),
    "a folder": (("/",), 126),
    "a name that is too long": (("x" * 5000,), 126),
    "a word that is too long": (("true", "x" * 200_000), 126),
    "too many words": (("true", *["x" * 1000] * 4000), 126),
    "words with everything": (("sh", "-c", 'test "$1" = "$2"', "sh", "\n\t'\"\\$*", "\n\t'\"\\$*"), 0),
}
ODD_FOLDERS = {
    "a file": "touch at",
    "locked": "mkdir -m 0 at",
    "a link to itself": "ln -s at at",
    "a link to nothing": "ln -s /nowhere at",
}


async def works(sandbox: Sandbox) -> None:
    """The next command gets its input and tells its output as ever."""
    told = await sandbox.exec(Command(argv=("sh", "-c", "cat; echo error >&2"), stdin=b"input"))
    assert (told.exit_code, told.stdout, told.stderr) == (0, b"input", b"error\n")


@each("change", CHANGES_INPUT)
async def test_the_input_cannot_be_changed(sandbox: Sandbox, change: str) -> None:
    program = f"{PRELUDE}\ntry:\n {change}\nexcept (OSError, ValueError): pass\nprint(os.pread(0, 99, 0))"
    result = await sandbox.exec(Command(argv=("python", "-c", program), stdin=b"input"))
    assert result.stdout == b"b'input'\n"
    await works(sandbox)


@each("misuse", MISUSES_OUTPUT)
async def test_the_outputs_cannot_be_misused(sandbox: Sandbox, misuse: str) -> None:
    got: list[int] = []
    before = signal.signal(signal.SIGIO, lambda number, _: got.append(number))
    try:
        result = await python(sandbox, f"{PRELUDE}\nos.write(1, b'said')\n{misuse}\n", timeout_s=20)
    finally:
        signal.signal(signal.SIGIO, before)
    assert result.stdout.startswith(b"said") and not result.timed_out and not got
    await works(sandbox)


async def test_there_is_no_terminal(sandbox: Sandbox) -> None:
    result = await python(sandbox, PRELUDE + FINDS_A_TERMINAL)
    assert result.stdout == b"[] True\n"


@pytest.fixture
async def trapped(provider: BubblewrapProvider, workspace: Path) -> AsyncIterator[Sandbox]:
    """A sandbox that starts over a workspace full of programs and modules with well-known names."""
    for name, text in TRAPS.items():
        (workspace / name).write_text(text)
        (workspace / name).chmod(0o755)
    sandbox = await provider.create(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.close()


async def test_nothing_of_the_workspace_runs_by_itself(trapped: Sandbox, workspace: Path) -> None:
    await trapped.exec(Command(argv=("/usr/bin/true",)))
    assert (await trapped.exec(Command(argv=("no-such-program",)))).exit_code == 127
    assert not (workspace / "loaded").exists()


@each("case", VARIABLES)
async def test_a_variable_gives_nobody_elses_rights(
    trapped: Sandbox, case: tuple[dict[str, str], tuple[str, ...]]
) -> None:
    """What it makes a program load has the rights of the command and no other, before and after."""
    variables, argv = case
    own = (await shell(trapped, "/usr/bin/id -u")).stdout.strip()
    for _ in range(2):
        ended = await trapped.exec(Command(argv=argv, env=variables, stdin=b"\n", timeout_s=10))
        if ended.exit_code == 127:
            pytest.skip(f"there is no {argv[0]} on this machine")
    told = set((await trapped.read("loaded")).splitlines())
    assert told == {own, b"CapEff:\t0000000000000000"}


@each("case", ODD_WORDS)
async def test_odd_words_are_an_answer(sandbox: Sandbox, case: tuple[tuple[str, ...], int]) -> None:
    argv, expected = case
    result = await sandbox.exec(Command(argv=argv))
    assert (result.exit_code, result.stdout) == (expected, b""), result.stderr
    await works(sandbox)


@each("script", ODD_FOLDERS)
async def test_odd_working_folders_are_an_answer(sandbox: Sandbox, script: str) -> None:
    await shell(sandbox, script)
    result = await sandbox.exec(Command(argv=("true",), cwd="/workspace/at"))
    assert (result.exit_code, result.stdout) == (126, b"")
    await works(sandbox)


async def test_a_working_folder_cannot_lead_out(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "canary").write_text("secret")
    for cwd in (str(tmp_path), f"/workspace/..{tmp_path}", f"/proc/1/root{tmp_path}", "/proc/1/cwd"):
        result = await sandbox.exec(Command(argv=("cat", "canary"), cwd=cwd))
        assert b"secret" not in result.stdout
    assert os.access(tmp_path / "canary", os.R_OK)
