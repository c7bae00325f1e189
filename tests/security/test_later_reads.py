"""Attacks on what the host does, at once or afterwards, with the files that a program leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.errors import InvalidInput, NotFound
from archon.domain.execution import SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import heard, listen, python, shell
from tests.security.battery.cases import each

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
TRIES = 300

LEADS_OUT = {
    "a link": "os.symlink(CANARY, 'result')",
    "a relative link": "os.symlink('../home/canary', 'result')",
    "a link to a link": "os.symlink('b', 'result'); os.symlink('c', 'b'); os.symlink(CANARY, 'c')",
    "a link in place of its folder": "os.symlink('../home', 'out'); os.symlink('out/canary', 'result')",
    "a link from a folder to the one above": "os.symlink('..', 'up'); os.symlink('up/home/canary', 'result')",
    "a link that every process has": "os.symlink('/proc/self/environ', 'result')",
    "a link through the root of a process": "os.symlink('/proc/self/root' + CANARY, 'result')",
    "a link through the folder of a process": "os.symlink('/proc/self/cwd/' + '../' * 30 + CANARY, 'result')",
}
NO_RESULT = {
    "a fifo": "os.mkfifo('result')",
    "a folder": "os.mkdir('result')",
    "a socket": "import socket; socket.socket(socket.AF_UNIX).bind('result')",
    "a file larger than memory should hold": "open('result', 'w').truncate(900 << 20)",
    "a link to a file without an end": "os.symlink('/dev/zero', 'result')",
    "a link to itself": "os.symlink('result', 'result')",
    "a link to nothing": "os.symlink('nothing', 'result')",
    "a link to a terminal": "os.symlink('/dev/tty', 'result')",
    "a link to a fifo": "os.mkfifo('fifo'); os.symlink('fifo', 'result')",
    "a file in a folder that is a file": "open('result', 'w').close()\nRESULT = 'result/x'",
}
STRANGE = {
    "names with line ends": "open('a\\nb', 'w').close(); os.mkdir('\\n'); open('\\n/\\r', 'w').close()",
    "names that command a terminal": "open('\\x1b[2J\\x1b]0;x\\x07', 'w').close()",
    "names that read backwards": "open('\\u202etxt.exe', 'w').close()",
    "names that are no text": "open(b'\\xff\\xfe', 'w').close(); os.mkdir(b'\\x80')",
    "the longest names": "open('x' * 255, 'w').close(); os.mkdir('ü' * 127)",
    "names that look like options": "open('-rf', 'w').close(); open('--', 'w').close(); os.mkdir('-')",
    "names that mean something elsewhere": "os.mkdir('~'); os.mkdir('*'); open('$HOME', 'w').close()",
    "names that differ in little": "[open(name, 'w').close() for name in ('a', 'A', 'é', 'e\\u0301')]",
    "names of temporary files": "[open(f'.archon-{n:016x}', 'w').close() for n in range(9)]",
    "folders deeper than a path can name": "for _ in range(5000): os.mkdir('d'); os.chdir('d')",
    "folders with the longest names": "for _ in range(30): os.mkdir('d' * 255); os.chdir('d' * 255)",
    "a locked file": "open('x', 'w').close(); os.chmod('x', 0)",
    "a locked folder with a file": "os.mkdir('x'); open('x/y', 'w').close(); os.chmod('x', 0)",
    "locked folders in each other": (
        "os.makedirs('x/y/z'); os.chmod('x/y/z', 0); os.chmod('x/y', 0o111); os.chmod('x', 0o444)"
    ),
    "a locked workspace": "os.chmod('.', 0)",
    "a workspace that everybody may write to": "os.chmod('.', 0o1777)",
    "a file with holes": "open('x', 'w').truncate(1 << 29)",
    "the longest link": "os.symlink('x/' * 2000, 'x')",
    "links in a circle": "os.symlink('y', 'x'); os.symlink('x', 'y'); os.symlink('.', 'z')",
    "a file of many names": "open('x', 'w').close(); [os.link('x', f'x{n}') for n in range(500)]",
    "a fifo and a socket": ("import socket; os.mkfifo('fifo'); socket.socket(socket.AF_UNIX).bind('socket')"),
    "times before and after all times": "open('x', 'w').close(); os.utime('x', (-(1 << 31), 1 << 33))",
    "programs with their group's rights": "open('x', 'w').close(); os.chmod('x', 0o2755)",
    "an attribute": "open('x', 'w').close(); os.setxattr('x', 'user.x', b'\\x1b' * 100)",
    "many files": "[open(f'{n}', 'w').close() for n in range(3000)]",
}
SWAPS = (
    "import os\nos.mkdir('a'); open('a/canary', 'w').write('mine'); os.symlink('../home', 'b')\n"
    "open('started', 'w').close()\nwhile True:\n"
    " os.rename('a', 'c'); os.rename('b', 'a'); os.rename('a', 'b'); os.rename('c', 'a')"
)
"""Goes on putting a link to the home in the place of a folder, and the folder back."""


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "canary").write_text("secret")
    return tmp_path / "home" / "canary"


def content(path: Path) -> str:
    return path.read_text()


def owner(path: Path) -> int:
    return path.stat().st_uid


async def leave(sandbox: Sandbox, program: str, canary: Path) -> None:
    result = await python(sandbox, f"import os\nCANARY = {str(canary)!r}\n{program}")
    assert result.exit_code == 0, result


@each("program", LEADS_OUT)
async def test_a_link_leads_a_careless_reader_out_and_the_sandbox_not(
    program: str, sandbox: Sandbox, workspace: Path, canary: Path
) -> None:
    await leave(sandbox, program, canary)
    careless = (workspace / "result").read_bytes()  # noqa: ASYNC240 - that this works is the point
    with pytest.raises(InvalidInput):
        await sandbox.read("result")
    assert careless == b"secret" or b"=" in careless


@each("program", NO_RESULT)
async def test_what_is_no_plain_result_is_refused_at_once(
    program: str, sandbox: Sandbox, canary: Path
) -> None:
    await leave(sandbox, program, canary)
    started = time.monotonic()
    with pytest.raises(InvalidInput):
        await sandbox.read("result/x" if "RESULT" in program else "result")
    assert time.monotonic() - started < 1


@each("program", STRANGE)
async def test_strange_files_are_survived_listed_and_removed(
    program: str, provider: BubblewrapProvider, workspace: Path, tmp_path: Path
) -> None:
    sandbox = await provider.create(SandboxSpec(workspace=workspace, hands_back=True))
    await leave(sandbox, "open('result', 'w').write('plain')\n" + program, tmp_path)
    assert await sandbox.read("result") == b"plain"
    await sandbox.write("new/result", b"fresh")
    await sandbox.close()
    folder = LocalFolders().open(workspace)
    assert {"result", "new"} < {found.path for found in folder.scan()}
    for found in os.listdir(workspace):  # noqa: PTH208 - names that are no paths
        folder.remove(found)
    assert os.listdir(workspace) == []  # noqa: PTH208


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


async def test_a_locked_result_is_still_read(sandbox: Sandbox) -> None:
    await shell(sandbox, "mkdir -p a; echo text > a/b; chmod 0 a/b; chmod 0 a")
    assert await sandbox.read("a/b") == b"text\n"


@asynccontextmanager
async def swapping(sandbox: Sandbox, workspace: Path) -> AsyncIterator[None]:
    """While a program exchanges the folder `a` for a link to the home, as fast as it can."""
    listen(workspace)
    running = asyncio.create_task(python(sandbox, SWAPS))
    await heard(workspace)
    yield
    running.cancel()
    await asyncio.wait({running})


def led_out(path: Path) -> None:
    """Read carelessly until the race is lost."""
    while True:
        with contextlib.suppress(OSError):
            if path.read_bytes() == b"secret":
                return


async def test_a_race_leads_a_careless_reader_out_and_the_sandbox_not(
    sandbox: Sandbox, workspace: Path, canary: Path
) -> None:
    read: set[bytes] = set()
    async with swapping(sandbox, workspace):
        await asyncio.to_thread(led_out, workspace / "a" / "canary")
        for _ in range(TRIES):
            try:
                read.add(await sandbox.read("a/canary"))
            except (InvalidInput, NotFound):
                continue
    assert read <= {b"mine"}
    assert content(canary) == "secret"


async def test_a_race_leads_no_writing_out(sandbox: Sandbox, workspace: Path, canary: Path) -> None:
    before = os.stat(canary.parent).st_mtime_ns  # noqa: PTH116, ASYNC240
    async with swapping(sandbox, workspace):
        for _ in range(TRIES):
            try:
                await sandbox.write("a/canary", b"harmed")
                await sandbox.write("a/new", b"harmed")
            except (InvalidInput, NotFound):
                continue
    assert content(canary) == "secret"
    assert os.stat(canary.parent).st_mtime_ns == before  # noqa: PTH116, ASYNC240


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
@pytest.mark.parametrize("hands_back", [False, True], ids=["kept", "handed back"])
async def test_a_program_left_behind_that_takes_its_owners_rights_gains_none(
    provider: BubblewrapProvider, workspace: Path, hands_back: bool
) -> None:
    spec = replace(SandboxSpec(workspace=workspace), hands_back=hands_back)
    sandbox = await provider.create(spec)
    await shell(sandbox, "cp /usr/bin/id left; chmod 6755 left; mkdir f; ln left f/hard; cp left f/other")
    await sandbox.close()
    for name in ("left", "f/hard", "f/other"):
        seen = (workspace / name).stat()  # noqa: ASYNC240
        assert seen.st_uid != os.getuid() or seen.st_mode & 0o6000 == 0
