"""What honest programs do must work: a sandbox that breaks them would be switched off."""

from __future__ import annotations

import hashlib
import os
import shutil

import pytest

from archon.domain.execution import Command
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import python, shell

PROGRAMS = {
    "subprocesses": (
        "import subprocess, sys\n"
        "print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True).stdout)",
        "b'42\\n'",
    ),
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool: print(sum(pool.map(lambda n: n * n, range(100))))",
        "328350",
    ),
    "processes": (
        "import multiprocessing as mp\n"
        "def square(n): return n * n\n"
        "if __name__ == '__main__':\n"
        "    with mp.Pool(2) as pool: print(sum(pool.map(square, range(100))), mp.Lock() and 'lock')",
        "328350 lock",
    ),
    "asyncio subprocesses": (
        "import asyncio\n"
        "async def main():\n"
        "    child = await asyncio.create_subprocess_shell('echo $((6 * 7))', stdout=-1)\n"
        "    print(await child.communicate())\n"
        "asyncio.run(main())",
        "(b'42\\n', None)",
    ),
    "a database": (
        "import sqlite3\n"
        "with sqlite3.connect('data.db') as db:\n"
        "    db.execute('PRAGMA journal_mode = wal'); db.execute('create table t (x)')\n"
        "    db.executemany('insert into t values (?)', [(n,) for n in range(1000)])\n"
        "print(db.execute('select sum(x) from t').fetchone())",
        "(499500,)",
    ),
    "a server on localhost": (
        "import http.server, threading, urllib.request\n"
        "class Hello(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'hello')\n"
        "    def log_message(self, *_): pass\n"
        "server = http.server.HTTPServer(('localhost', 0), Hello)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "print(urllib.request.urlopen(f'http://localhost:{server.server_port}/').read())",
        "b'hello'",
    ),
    "a unix socket": (
        "import socket\n"
        "server = socket.socket(socket.AF_UNIX); server.bind('here.sock'); server.listen()\n"
        "client = socket.socket(socket.AF_UNIX); client.connect('here.sock')\n"
        "server.accept()[0].sendall(b'hello'); print(client.recv(9))",
        "b'hello'",
    ),
    "temporary files": (
        "import tempfile, os\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    open(os.path.join(folder, 'x'), 'w').write('y'); print(os.listdir(folder))",
        "['x']",
    ),
    "names of users and hosts": (
        "import getpass, os, pwd, socket\n"
        "print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_dir, os.path.expanduser('~'),\n"
        "      socket.gethostname(), socket.gethostbyname('localhost'))",
        "sandbox /tmp /tmp sandbox 127.0.0.1",
    ),
    "text of all languages": ("print('Grüße 你好 👋')", "Grüße 你好 👋"),
    "pipes and devices": (
        "import os\nopen('/dev/null', 'w').write('x'); os.urandom(9)\nopen('/dev/stdout', 'w').write('ok')",
        "ok",
    ),
    "modules that are made of C": ("import ctypes, decimal, lzma, ssl, sqlite3, zlib; print('ok')", "ok"),
}


@pytest.mark.parametrize(("program", "expected"), PROGRAMS.values(), ids=PROGRAMS.keys())
async def test_python_programs_use(sandbox: Sandbox, program: str, expected: str) -> None:
    result = await python(sandbox, program)
    assert (result.stdout.decode().strip(), result.stderr) == (expected, b"")


async def test_a_program_of_several_files(sandbox: Sandbox) -> None:
    await sandbox.write("shapes/__init__.py", b"")
    await sandbox.write("shapes/circle.py", b"from math import pi\n\n\ndef area(r):\n    return pi * r * r\n")
    await sandbox.write(
        "main.py", b"import sys\nfrom shapes.circle import area\nprint(area(float(sys.argv[1])))\n"
    )
    await sandbox.write("data/input.txt", b"1.5")
    result = await shell(
        sandbox, "python main.py $(cat data/input.txt) | tee out.txt && python3 -m shapes.circle"
    )
    assert (result.exit_code, await sandbox.read("out.txt")) == (0, b"7.0685834705770345\n")
    assert result.stdout == b"7.0685834705770345\n"


async def test_ten_megabytes_in_and_out_by_pipe_and_by_file(sandbox: Sandbox) -> None:
    data = os.urandom(10_000_000)
    command = Command(argv=("tee", "copy"), stdin=data, max_output_bytes=20_000_000)
    result = await sandbox.exec(command)
    assert hashlib.sha256(result.stdout).digest() == hashlib.sha256(data).digest()
    assert await sandbox.read("copy") == data


async def test_files_with_odd_names(sandbox: Sandbox) -> None:
    await sandbox.write("with blank/ü\n-.txt", b"odd")
    assert (await shell(sandbox, "cat with*/*")).stdout == b"odd"


async def test_awk_sort_and_the_like(sandbox: Sandbox) -> None:
    result = await shell(sandbox, "printf 'b 2\na 1\n' | sort | awk '{ n += $2 } END { print n, $1 }'")
    assert result.stdout == b"3 b\n"


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
