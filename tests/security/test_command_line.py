"""Attacks through `archon sandbox`, as a person uses it: from outside, on folders of that person."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archon.testing.sandbox_contract import DAEMON, NEVER_ENDING, is_free
from tests.e2e.conftest import Home
from tests.security.battery.cases import each

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's files stay that user's")
LEAVES_THE_WORKSPACE = ("../canary", "/etc/hostname", "a/../../canary", "link", "out/canary", ".", "", "fifo")
ENDS = {
    "its own code": ("exit 7", 7),
    "success": ("true", 0),
    "a signal": ("kill -9 $$", 137),
    "time": ("sleep 1000", 124),
    "memory": ("python -c 'x = bytearray(b\"x\") * 500_000_000'", None),
    "processes": ("while :; do sleep 1000 & done 2>/dev/null", None),
    "disk": ("n=0; while :; do head -c 1000000 /dev/zero > $n; n=$((n + 1)); done", 137),
    "nothing to run": ("exec no-such-program", 127),
}
SENDS = {
    "interrupted": signal.SIGINT,
    "ended": signal.SIGTERM,
    "hung up": signal.SIGHUP,
    "killed": signal.SIGKILL,
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "project").mkdir()
    (tmp_path / "canary").write_text("secret")
    return Home(tmp_path)


def exec_(
    home: Home, *words: str, stdin: bytes | None = None, **env: str
) -> subprocess.CompletedProcess[bytes]:
    return home.archon("sandbox", "exec", "--workspace", "project", *words, stdin=stdin, env=env)


@each("case", ENDS)
def test_the_exit_code_is_the_commands_own(home: Home, case: tuple[str, int | None]) -> None:
    script, expected = case
    limits = ("--timeout", "1", "--memory-mb", "100", "--pids", "20", "--disk-mb", "10")
    started = time.monotonic()
    done = exec_(home, *limits, "--", "sh", "-c", script)
    assert time.monotonic() - started < 10
    assert done.returncode == expected if expected is not None else done.returncode > 0
    used = sum(file.stat().st_size for file in (home.root / "project").iterdir())
    assert used < 200_000_000


def test_bytes_go_in_and_come_out_as_they_are(home: Home) -> None:
    data = bytes(range(256)) * 4000 + b"\x00\xff\r\n"
    done = exec_(home, "--", "sh", "-c", "tee copy | tee /dev/stderr", stdin=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, data, data)
    assert home.archon("sandbox", "read", "--workspace", "project", "copy").stdout == data


def test_nothing_of_the_callers_environment_home_or_data_is_there(home: Home) -> None:
    token = secrets.token_hex(16)
    for name in (".netrc", ".ssh", "data"):
        (home.root / name).mkdir(exist_ok=True)
        (home.root / name / "secret").write_text(token)
    looks = (
        f"env; cat /proc/*/environ /proc/*/cmdline; ls -laR ~ /tmp /home /root {home.root}; "
        f"cat {home.root}/*/secret; pwd; id; mount"
    )
    done = exec_(home, "--", "sh", "-c", looks, ANTHROPIC_API_KEY=f"sk-{token}", MY_SECRET=token)
    assert token.encode() not in done.stdout + done.stderr
    assert b"MY_SECRET" not in done.stdout


def test_a_command_from_a_hostile_folder_finds_the_sandbox_as_it_is(home: Home) -> None:
    """Python's own hooks and modules in the folder in which the command is called are not taken."""
    trap = f"open({str(home.root / 'trapped')!r}, 'w')\n"
    for name in ("sitecustomize.py", "usercustomize.py", "archon.py", "asyncio.py", "encodings.py"):
        (home.root / "project" / name).write_text(trap)
    program = Path(sys.executable).parent / "archon"
    done = subprocess.run(
        [program, "sandbox", "exec", "--workspace", ".", "--", "echo", "on"],
        cwd=home.root / "project",
        env=home.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert (done.returncode, done.stdout) == (0, b"on\n"), done.stderr
    assert not (home.root / "trapped").exists()


def test_a_program_cannot_switch_the_sandbox_off_for_the_next_one(home: Home) -> None:
    """Where a person works in the workspace itself, as `--workspace .` invites to."""
    project = Home(home.root / "project")
    project.archon(
        "sandbox", "exec", "--workspace", ".", "--", "sh", "-c", "echo ARCHON_UNSAFE_NO_SANDBOX=1 > .env"
    )
    next_one = project.archon("sandbox", "exec", "--workspace", ".", "--", "cat", str(home.root / "canary"))
    assert b"secret" not in next_one.stdout
    assert not (project.root / ".env").exists()


def test_the_settings_that_lie_in_the_workspace_are_hidden_and_stay(home: Home) -> None:
    project = Home(home.root / "project")
    (project.root / ".env").write_text("OPENAI_API_KEY=secret\n")
    script = "cat .env; echo ANTHROPIC_BASE_URL=http://127.0.0.1:9 > .env; rm -f .env; mv .env x; ls > seen"
    done = project.archon("sandbox", "exec", "--workspace", ".", "--", "sh", "-c", script)
    assert (done.returncode, done.stdout) == (0, b"")
    assert (project.root / ".env").read_text() == "OPENAI_API_KEY=secret\n"
    assert (project.root / "seen").exists()


def test_a_folder_below_the_workspace_is_no_place_to_start_from(home: Home) -> None:
    """A program could move it away and put another in its place, with settings in it."""
    (home.root / "project" / "below").mkdir()
    below = Home(home.root / "project" / "below")
    done = below.archon("sandbox", "exec", "--workspace", "..", "--", "true")
    assert done.returncode == 2
    assert b"from outside of it" in done.stderr


@pytest.mark.parametrize("path", LEAVES_THE_WORKSPACE)
def test_a_read_that_leaves_the_workspace_is_refused(home: Home, path: str) -> None:
    exec_(home, "--", "sh", "-c", "ln -s ../canary link; ln -s .. out; mkfifo fifo")
    done = home.archon("sandbox", "read", "--workspace", "project", path)
    assert done.returncode in {1, 2} and done.stdout == b""
    assert done.stderr.count(b"\n") == 1 and b"secret" not in done.stderr


def test_a_workspace_that_is_a_link_is_the_folder_that_it_names(home: Home) -> None:
    (home.root / "other").symlink_to("project")
    done = home.archon("sandbox", "exec", "--workspace", "other", "--", "sh", "-c", "echo x > made; ls /")
    assert done.returncode == 0 and b"canary" not in done.stdout
    assert (home.root / "project" / "made").read_text() == "x\n"


def test_daemons_end_with_the_command(home: Home) -> None:
    assert exec_(home, "--", "python", "-c", DAEMON).stdout == b"left\n"
    assert is_free(home.root / "project")


@contextlib.contextmanager
def running(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """`archon sandbox exec` of a program that holds a lock and never ends, under way."""
    os.mkfifo(home.root / "project" / "started")
    (home.root / "project" / "started").chmod(0o666)
    words = (
        "sandbox",
        "exec",
        "--workspace",
        "project",
        "--timeout",
        "600",
        "--",
        "python",
        "-c",
        NEVER_ENDING,
    )
    command = [sys.executable, "-m", "archon", *words]
    with subprocess.Popen(command, cwd=home.root, env=home.environment, stdin=subprocess.DEVNULL) as process:
        (home.root / "project" / "started").read_bytes()
        yield process


@each("number", SENDS)
def test_what_runs_ends_with_the_command_however_that_ends(home: Home, number: signal.Signals) -> None:
    with running(home) as process:
        process.send_signal(number)
        assert process.wait(20) != 0
    with (home.root / "project" / "held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits for whoever holds it, and so for ever where somebody stays


@as_root
def test_the_files_belong_to_the_caller_again(home: Home) -> None:
    script = (
        "mkdir -p a/b; echo x > a/b/c; chmod 0 a/b/c; chmod 0 a/b; chmod 2755 a; ln -s /etc l; mkfifo f; "
        "cp /bin/true setgid; chmod 2755 setgid"
    )
    assert exec_(home, "--", "sh", "-c", script).returncode == 0
    project = home.root / "project"
    assert {file.lstat().st_uid for file in (project, *project.rglob("*"))} == {os.getuid()}
    assert not (project / "setgid").stat().st_mode & 0o6000
    assert Path("/etc").stat().st_uid == 0


@as_root
def test_files_of_several_names_belong_to_the_caller_again(home: Home) -> None:
    """A clone of a repository in the workspace is full of them."""
    assert exec_(home, "--", "sh", "-c", "echo x > one; ln one other").returncode == 0
    assert (home.root / "project" / "one").stat().st_uid == os.getuid()
