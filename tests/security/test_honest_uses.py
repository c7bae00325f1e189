"""What honest programs do must work: a sandbox that breaks them would be switched off."""

from __future__ import annotations

import hashlib
import os
import time

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
    "a server that answers datagrams": (
        "import socket\n"
        "server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); server.bind(('127.0.0.1', 0))\n"
        "client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); client.connect(server.getsockname())\n"
        "client.send(b'hello'); data, sender = server.recvfrom(9); server.sendto(data.upper(), sender)\n"
        "print(client.recv(9))",
        "b'HELLO'",
    ),
    "files that are mapped": (
        "import mmap\nopen('f', 'wb').write(bytes(8192)); file = open('f', 'r+b')\n"
        "with mmap.mmap(file.fileno(), 0) as memory: memory[5000:5005] = b'hello'\n"
        "print(open('f', 'rb').read()[5000:5005])",
        "b'hello'",
    ),
    "locks on files": (
        "import fcntl\none, other = open('f', 'w'), open('f', 'w'); fcntl.flock(one, fcntl.LOCK_EX)\n"
        "try: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: print('held')\nfcntl.lockf(one, fcntl.LOCK_EX)",
        "held",
    ),
    "memory shared by name": (
        "from multiprocessing import shared_memory\n"
        "one = shared_memory.SharedMemory(create=True, size=99); one.buf[:2] = b'ok'\n"
        "other = shared_memory.SharedMemory(name=one.name); print(bytes(other.buf[:2]))\n"
        "other.close(); one.close(); one.unlink()",
        "b'ok'",
    ),
    "signals of its own": (
        "import os, signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('signalled'))\n"
        "os.kill(os.getpid(), signal.SIGUSR1); signal.alarm(0); signal.setitimer(signal.ITIMER_REAL, 0)",
        "signalled",
    ),
    "time-outs of its own": (
        "import subprocess\ntry: subprocess.run(['sleep', '9'], timeout=0.05)\n"
        "except subprocess.TimeoutExpired: print('late')",
        "late",
    ),
    "groups of processes": (
        "import os, signal, subprocess\n"
        "group = subprocess.Popen(['sh', '-c', 'sleep 100 & sleep 100'], start_new_session=True)\n"
        "os.killpg(group.pid, signal.SIGTERM); print(group.wait())",
        "-15",
    ),
    "zones and names of times": (
        "import datetime, time, zoneinfo\n"
        "at = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))\n"
        "print(at.utcoffset(), time.tzname[0], time.localtime(0).tm_hour)",
        "2:00:00 UTC 0",
    ),
    "archives": (
        "import gzip, pathlib, tarfile, zipfile\npathlib.Path('a').write_text('text' * 999)\n"
        "with tarfile.open('t.tar.xz', 'w:xz') as tar: tar.add('a')\n"
        "with zipfile.ZipFile('z.zip', 'w', zipfile.ZIP_DEFLATED) as zip: zip.write('a')\n"
        "gzip.open('a.gz', 'wt').write('text')\n"
        "print(tarfile.open('t.tar.xz').getnames(), zipfile.ZipFile('z.zip').read('a')[:4],\n"
        "      gzip.open('a.gz').read())",
        "['a'] b'text' b'text'",
    ),
    "limits that it asks about": (
        "import os, resource, shutil\nprint(os.cpu_count() > 0, len(os.sched_getaffinity(0)) > 0,\n"
        "      resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 1024, shutil.disk_usage('.').free > 0,\n"
        "      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0, os.getloadavg()[0] >= 0)",
        "True True True True True True",
    ),
    "pseudo terminals": (
        "import os, pty\none, other = pty.openpty(); os.write(other, b'hello'); print(os.read(one, 9))",
        "b'hello'",
    ),
    "watching files": (
        "import ctypes, os\nlibc = ctypes.CDLL(None); watch = libc.inotify_init()\n"
        "libc.inotify_add_watch(watch, b'.', 0x100); open('new', 'w').close()\n"
        "print(b'new' in os.read(watch, 999))",
        "True",
    ),
    "events and timers": (
        "import select, socket\none, other = socket.socketpair(); epoll = select.epoll()\n"
        "epoll.register(one, select.EPOLLIN); other.send(b'x'); print(epoll.poll(1) == [(one.fileno(), 1)])",
        "True",
    ),
    "random numbers": (
        "import os, secrets, uuid\n"
        "print(len(os.urandom(9)), len(secrets.token_hex(4)), uuid.uuid4().version)",
        "9 8 4",
    ),
    "a debugger's view of itself": (
        "import faulthandler, io, resource, sys, tracemalloc\n"
        "faulthandler.enable(); tracemalloc.start(); print(len(sys._current_frames()))",
        "1",
    ),
    "long lines and much recursion": (
        "import sys\nsys.setrecursionlimit(5000)\ndef deep(n): return n and 1 + deep(n - 1)\n"
        "print(deep(4000), len('x' * 1_000_000))",
        "4000 1000000",
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


async def test_thirty_megabytes_in_and_out_by_pipe_and_by_file(sandbox: Sandbox) -> None:
    data = os.urandom(30_000_000)
    command = Command(argv=("tee", "copy"), stdin=data, max_output_bytes=40_000_000)
    result = await sandbox.exec(command)
    assert hashlib.sha256(result.stdout).digest() == hashlib.sha256(data).digest()
    assert await sandbox.read("copy") == data


async def test_files_with_odd_names(sandbox: Sandbox) -> None:
    await sandbox.write("with blank/ü\n-.txt", b"odd")
    assert (await shell(sandbox, "cat with*/*")).stdout == b"odd"


SHELL = {
    "awk": ("printf 'b 2\na 1\n' | sort | awk '{ n += $2 } END { print n, $1 }'", "3 b"),
    "sed": ("printf 'hello\n' | sed -E 's/l+/L/'", "heLo"),
    "find and xargs": (
        "mkdir -p a/b; touch a/b/c 'a/x y'; find a -type f -print0 | sort -z | xargs -0 -n1",
        "a/b/c\na/x y",
    ),
    "tar and gzip": ("echo text > f; tar czf f.tgz f; rm f; tar xzf f.tgz; cat f", "text"),
    "descriptors by name": (
        "echo text > /dev/stdout; echo more | cat /dev/stdin; cat < /dev/fd/0 < /dev/null",
        "text\nmore",
    ),
    "a named pipe": ("mkfifo p; (echo text > p) & cat p; wait", "text"),
    "traps": ("trap 'echo trapped' TERM; kill -TERM $$; echo on", "trapped\non"),
    "a mask for new files": ("umask 077; touch f; umask 022; touch g; stat -c %a f g", "600\n644"),
    "a program with a first line": (
        "printf '#!/usr/bin/env python3\nprint(6 * 7)\n' > p; chmod +x p; ./p",
        "42",
    ),
    "a program without a first line": ("echo 'echo $((6 * 7))' > p; chmod +x p; ./p", "42"),
    "dates": ("date -u -d @0 +%F; date +%Z", "1970-01-01\nUTC"),
    "letters of all languages": ("printf 'ÄÖ你\n' | tee ü; wc -m < ü; ls", "ÄÖ你\n4\nü"),
    "a temporary file": ("f=$(mktemp); echo text > $f; cat $f; rm $f", "text"),
    "the next folder": ("mkdir a; cd a; cd ..; cd - > /dev/null; basename $PWD", "a"),
    "whoever it is": (
        "whoami; test $(id -u) -gt 0 && echo nobody in particular",
        "sandbox\nnobody in particular",
    ),
    "links, times and permissions": (
        "echo x > f; ln f g; ln -s f h; chmod 640 f; touch -d @0 f; stat -c '%a %h %Y' g; readlink h",
        "640 2 0\nf",
    ),
}


@pytest.mark.parametrize(("script", "expected"), SHELL.values(), ids=SHELL.keys())
async def test_a_shell_uses(sandbox: Sandbox, script: str, expected: str) -> None:
    result = await shell(sandbox, script)
    assert (result.stdout.decode().strip(), result.stderr) == (expected, b"")


async def test_programs_end_in_time(sandbox: Sandbox) -> None:
    """A time-out is prompt, and what was printed before it is there."""
    started = time.monotonic()
    result = await shell(sandbox, "echo on; sleep 1000", timeout_s=0.5)
    assert (result.exit_code, result.stdout) == (124, b"on\n")
    assert time.monotonic() - started < 2


async def test_ten_thousand_small_files(sandbox: Sandbox) -> None:
    program = (
        "import os\nfor n in range(10_000):\n    with open(f'{n}.txt', 'w') as file: file.write(str(n))\n"
        "print(sum(int(open(f'{n}.txt').read()) for n in range(10_000)), len(os.listdir()))"
    )
    started = time.monotonic()
    assert (await python(sandbox, program)).stdout == b"49995000 10000\n"
    assert time.monotonic() - started < 10


async def test_a_large_environment_and_many_words(sandbox: Sandbox) -> None:
    variables = {f"VARIABLE_{n}": "x" * 1000 for n in range(200)} | {"MUCH": "y" * 100_000}
    words = [str(n) for n in range(2000)]
    command = Command(argv=("sh", "-c", "echo ${#VARIABLE_199} ${#MUCH} $#", "sh", *words), env=variables)
    assert (await sandbox.exec(command)).stdout == b"1000 100000 2000\n"


async def test_input_that_nobody_reads(sandbox: Sandbox) -> None:
    result = await sandbox.exec(Command(argv=("true",), stdin=bytes(30_000_000)))
    assert result.exit_code == 0
