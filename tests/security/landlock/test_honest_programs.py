"""What honest programs do works without namespaces too, but for what this sandbox says it has not."""

from __future__ import annotations

import shutil

import pytest

from archon.domain.execution import Command
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell
from tests.builders.landlock import needs_landlock
from tests.security.test_honest_uses import PROGRAMS

pytestmark = needs_landlock

LACKING = {
    "processes": "multiprocessing's locks lie in /dev/shm, which is the machine's",
    "a server on localhost": "there are no sockets",
    "a server that answers datagrams": "there are no sockets",
    "a unix socket": "there are no sockets",
    "memory shared by name": "it would lie in /dev/shm, which is the machine's",
    "pseudo terminals": "/dev/ptmx is the machine's",
    "watching files": "it would tell of the machine's files",
    "names of users and hosts": "the list of users, and the name of the host, are the machine's",
}
HERE = {name: program for name, program in PROGRAMS.items() if name not in LACKING}
MADE = "set -e; echo 1 > a; echo 2 > b; mkdir folder; echo 3 > folder/c"
CHANGES = {
    "modes": (
        "chmod 700 a; chmod u=rw,go= b; chmod -R go-rwx folder; stat -c '%a' a b folder",
        "700\n600\n700\n",
    ),
    "modes through links": (
        "ln -s a way; ln -s folder up; chmod 711 way; chmod 640 up/c; stat -c %a a folder/c",
        "711\n640\n",
    ),
    "times": ("touch -d @1000000000 a; touch -r a b; stat -c %Y a b", "1000000000\n1000000000\n"),
    "times of a link itself": ("ln -s a way; touch -h -d @5 way; stat -c %Y way", "5\n"),
    "copies as they were": (
        "chmod 751 a; touch -d @7 a; cp -a a copy; cp -rp folder copies; stat -c '%a %Y' copy; ls copies",
        "751 7\nc\n",
    ),
    "archives": (
        "chmod 751 a; touch -d @7 a; tar cf all.tar a folder; mkdir to; tar xpf all.tar -C to; "
        "stat -c '%a %Y' to/a; ls to/folder",
        "751 7\nc\n",
    ),
    "installed files": ("install -m 755 a run; install -d -m 700 place; stat -c %a run place", "755\n700\n"),
    "moves between folders": ("mkdir to; mv a to/x; ln b to/y; mv folder to; ls to to/folder", ""),
    "the owner it has": ("chown $(id -u):$(id -g) a && chgrp $(id -g) folder && echo same", "same\n"),
}
IN_PYTHON = """
import os, shutil, stat
a, folder = os.open('a', os.O_RDWR), os.open('folder', os.O_RDONLY)
os.fchmod(a, 0o601); assert stat.S_IMODE(os.fstat(a).st_mode) == 0o601
os.chmod('c', 0o640, dir_fd=folder); assert stat.S_IMODE(os.stat('folder/c').st_mode) == 0o640
os.utime(a, (5, 6)); os.utime('c', ns=(7, 8), dir_fd=folder, follow_symlinks=False)
assert (os.stat('a').st_mtime, os.stat('folder/c').st_mtime_ns) == (6, 8)
os.utime('a'); assert os.stat('a').st_mtime > 1_000_000_000
os.chmod(f'/proc/self/fd/{a}', 0o604); assert stat.S_IMODE(os.stat('a').st_mode) == 0o604
os.chown(a, -1, -1)
shutil.copytree('folder', 'copied'); shutil.copy2('a', 'b'); shutil.rmtree('copied')
for act, error in (
    (lambda: os.chmod('nothing', 0), FileNotFoundError),
    (lambda: os.chmod('a/b', 0), NotADirectoryError),
    (lambda: os.chmod('x' * 300, 0), OSError),
    (lambda: os.chmod('/usr', 0), PermissionError),
    (lambda: os.fchmod(99, 0), OSError),
    (lambda: os.setxattr('a', 'user.x', b''), OSError),
):
    try: act()
    except error: pass
    else: raise AssertionError(error)
os.nice(1); os.sched_setaffinity(0, os.sched_getaffinity(0)); os.posix_fallocate(a, 0, 99)
print('ok')
"""


@pytest.mark.parametrize(("program", "expected"), HERE.values(), ids=HERE.keys())
async def test_python_programs_use(sandbox: Sandbox, program: str, expected: str) -> None:
    result = await python(sandbox, program)
    assert (result.stdout.decode().strip(), result.stderr) == (expected, b"")


@pytest.mark.parametrize(("script", "expected"), CHANGES.values(), ids=CHANGES.keys())
async def test_files_are_changed_by(sandbox: Sandbox, script: str, expected: str) -> None:
    result = await shell(sandbox, f"{MADE}; {script}")
    assert (result.exit_code, result.stderr) == (0, b"")
    assert result.stdout.decode() == expected or not expected


async def test_python_changes_files_and_is_told_what_went_wrong(sandbox: Sandbox) -> None:
    await shell(sandbox, MADE)
    result = await python(sandbox, IN_PYTHON)
    assert (result.stdout, result.stderr) == (b"ok\n", b"")


async def test_ten_megabytes_go_in_and_out(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 40_000
    result = await sandbox.exec(Command(argv=("tee", "copy"), stdin=data, max_output_bytes=20_000_000))
    assert result.stdout == data
    assert await sandbox.read("copy") == data


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")
async def test_git(sandbox: Sandbox) -> None:
    script = (
        "git init -q . && git config user.name me && git config user.email me@example.org && echo x > f "
        "&& git add f && git commit -qm 'Say x' && git log --format=%s && git status --short"
    )
    result = await shell(sandbox, script)
    assert (result.exit_code, result.stdout) == (0, b"Say x\n")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc on this machine")
async def test_a_compiler(sandbox: Sandbox) -> None:
    await sandbox.write("main.c", b'#include <stdio.h>\nint main(void) { puts("compiled"); return 3; }\n')
    result = await shell(sandbox, "gcc -O1 -o main main.c && ./main")
    assert (result.exit_code, result.stdout) == (3, b"compiled\n")


async def test_a_virtual_environment(sandbox: Sandbox) -> None:
    script = "python -m venv --without-pip env && env/bin/python -c 'import sys; print(sys.prefix)'"
    result = await shell(sandbox, script)
    assert result.exit_code == 0
    assert result.stdout.strip().endswith(b"/workspace/env")
