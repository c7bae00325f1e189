"""`archon sandbox exec` and `read` as a person uses them."""

from __future__ import annotations

import http.server
import os
import pty
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archon.adapters.sandbox.tree import members
from tests.e2e.conftest import Home

WAIT_S = 30


@pytest.fixture
def workspace(home: Home) -> Path:
    (home.root / "workspace").mkdir()
    return home.root / "workspace"


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"reached")

    def log_message(self, *_: object) -> None:
        """It says nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine where something answers."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_streams_and_exit_code_are_the_commands_own(home: Home) -> None:
    done = home.archon(
        "sandbox", "exec", "--", "sh", "-c", "tr a-z A-Z; printf 'e\\033' >&2; exit 7", stdin=b"ab\xff"
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, b"AB\xff", b"e\x1b")


def test_output_comes_while_the_command_runs(home: Home) -> None:
    argv = [sys.executable, "-m", "archon", "sandbox", "exec", "--", "sh", "-c", "echo on; sleep 60"]
    with subprocess.Popen(argv, env=home.environment, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"on\n"
        assert running.poll() is None
        running.terminate()


def test_it_ends_when_nobody_reads_any_more(home: Home) -> None:
    argv = [sys.executable, "-m", "archon", "sandbox", "exec", "--timeout", "60", "--", "yes"]
    started = time.monotonic()
    with subprocess.Popen(argv, env=home.environment, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"y\n"
        running.stdout.close()
        assert running.wait(WAIT_S) == 141
    assert time.monotonic() - started < WAIT_S


def test_a_reader_who_takes_his_time_holds_up_no_limit(home: Home) -> None:
    argv = [sys.executable, "-m", "archon", "sandbox", "exec", "--timeout", "3", "--", "yes"]
    with subprocess.Popen(
        argv, env=home.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.read(2) == b"y\n"
        inside = os.pidfd_open(_named("yes", running.pid))
        assert select.select([inside], [], [], WAIT_S)[0], "it goes on"
        os.close(inside)
        running.stdout.read()
        assert running.wait(WAIT_S) == 124
        assert b"ended after 3 s" in running.stderr.read()


def _named(name: str, ancestor: int) -> int:
    """The program of that name below a process."""
    return next(each for each in members(ancestor) if Path(f"/proc/{each}/comm").read_text().strip() == name)


def test_why_it_was_ended_is_said(home: Home) -> None:
    late = home.archon("sandbox", "exec", "--timeout", "0.5", "--", "sleep", "60")
    greedy = home.archon(
        *("sandbox", "exec", "--memory-mb", "64", "--", "python", "-c", "x = bytearray(b'x') * 400_000_000")
    )
    assert (late.returncode, late.stderr) == (124, b"archon: ended after 0.5 s; --timeout gives more\n")
    assert greedy.returncode != 0
    assert b"--memory-mb gives more" in greedy.stderr or b"MemoryError" in greedy.stderr


def test_what_is_refused_is_said_with_what_would_allow_it(home: Home) -> None:
    program = "import urllib.request as u; u.urlopen('https://example.com/')"
    done = home.archon("sandbox", "exec", "--", "python", "-c", program)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        b"archon: refused the network to example.com:443: example.com:443 is not on the allow-list; "
        b"--allow example.com:443 adds it."
    )


def test_what_is_allowed_is_reached_and_the_port_beside_it_is_not(home: Home, port: int) -> None:
    program = f"import urllib.request as u; print(u.urlopen('http://localhost:{port}/').read().decode())"
    fetch = ("--", "python", "-c", program)
    for own in ("127.0.0.1", "localhost"):
        allowed = home.archon("sandbox", "exec", "--allow", f"{own}:{port}", *fetch)
        assert (allowed.returncode, allowed.stdout) == (0, b"reached\n"), allowed.stderr
    beside = home.archon("sandbox", "exec", "--allow", f"127.0.0.1:{port + 1}", *fetch)
    assert (beside.returncode, beside.stdout) == (1, b"")


def test_the_files_belong_to_whom_they_belonged_before(home: Home, workspace: Path) -> None:
    if os.geteuid() == 0:
        os.chown(workspace, 12_345, 54_321)
    before = workspace.stat()
    done = home.archon(
        "sandbox", "exec", "--workspace", str(workspace), "--", "sh", "-c", "mkdir d; echo x > d/f"
    )
    after = [each.stat() for each in (workspace, workspace / "d", workspace / "d" / "f")]
    assert done.returncode == 0
    assert {(each.st_uid, each.st_gid) for each in after} == {(before.st_uid, before.st_gid)}
    read = home.archon("sandbox", "read", "--workspace", str(workspace), "d/f")
    assert (read.returncode, read.stdout) == (0, b"x\n")


def test_a_terminal_gets_text_and_nothing_that_acts_on_it(home: Home) -> None:
    escapes = ("printf", r"a\033[31mred\033]52;c;aGk=\a\r\342\200\256b\n")
    shown, code = on_terminal(home, "sandbox", "exec", "--", *escapes)
    raw, _ = on_terminal(home, "sandbox", "exec", "--raw", "--", *escapes)
    assert (code, b"\x1b" in shown, b"\x07" in shown, "a␛[31mred".encode() in shown) == (
        0,
        False,
        False,
        True,
    )
    assert b"\x1b[31mred" in raw


@pytest.mark.parametrize("answer", [b"y\n", b"\n"])
def test_a_person_at_a_terminal_is_asked_about_packages(home: Home, answer: bytes) -> None:
    """About a registry that would be at this very machine: a yes gets as far as that being found out."""
    registry = f"http://{socket.gethostname()}:9"
    program = f"import urllib.request as u; u.urlopen('{registry}', timeout=20)"
    words = ("sandbox", "exec", "--", "python", "-c", program)
    env = {"PIP_INDEX_URL": f"{registry}/simple"}
    shown, code = on_terminal(home, *words, types={b"[y/N]": answer}, env=env)
    assert b"something inside wants packages from" in shown
    assert (b"is not on the allow-list" in shown) == (answer == b"\n")
    assert code == 1


def test_without_a_terminal_packages_are_denied_unless_the_setting_allows_them(home: Home, port: int) -> None:
    program = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/').read().decode())"
    env = {"PIP_INDEX_URL": f"http://127.0.0.1:{port}/simple"}
    words = ("sandbox", "exec", "--", "python", "-c", program)
    denied = home.archon(*words, env=env)
    allowed = home.archon(*words, env=env | {"ARCHON_SANDBOX_PACKAGES": "allow"})
    assert (denied.returncode, denied.stdout) == (1, b"")
    assert (allowed.returncode, allowed.stdout) == (0, b"reached\n")


def on_terminal(
    home: Home, *words: str, types: dict[bytes, bytes] | None = None, env: dict[str, str] | None = None
) -> tuple[bytes, int]:
    """Run it on a terminal where somebody answers what `types` has: all that is shown, and the exit code."""
    typed = dict(types or {})
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(home.root)
        environment = home.environment | (env or {})
        os.execve(sys.executable, [sys.executable, "-m", "archon", *words], environment)
    shown, ends = b"", time.monotonic() + WAIT_S
    while time.monotonic() < ends and select.select([terminal], [], [], WAIT_S)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        shown += piece
        for question in [each for each in typed if each in shown]:
            os.write(terminal, typed.pop(question))
    os.close(terminal)
    return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
