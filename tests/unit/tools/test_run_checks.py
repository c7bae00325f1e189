"""Checks run on a program's results: they see them, change nothing, and the program never sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.engine.scope import Scope
from archon.tools.commands import Ran
from archon.tools.run_checks import Checked, read_verdicts, run_checks
from archon.tools.write_files import write_files
from tests.builders.scopes import opened, sandboxes_end_with_their_test  # noqa: F401 - one is a fixture


@pytest.fixture
def provider(tmp_path: Path) -> BubblewrapProvider:
    return BubblewrapProvider(scratch=tmp_path / "scratch", folders=LocalFolders())


@pytest.fixture
async def scope(tmp_path: Path) -> Scope:
    return await opened(folder=tmp_path / "workspace")


async def judge(
    scope: Scope,
    provider: BubblewrapProvider,
    program: str,
    *names: str,
    changed: Mapping[str, bytes | None] | None = None,
    stdout: bytes = b"",
) -> Checked:
    return await run_checks(
        scope, provider, program=program, names=names, changed=changed or {}, stdout=stdout, stderr=b""
    )


async def test_each_check_gives_its_verdict_and_says_what_it_found(
    scope: Scope, provider: BubblewrapProvider
) -> None:
    await write_files(scope, {"out.txt": "made"})
    program = """
import sys
def check_output(result):
    assert result.stdout == "55\\n"
def check_file(result):
    assert (result.workspace / "out.txt").read_text() == "other", "out.txt holds something else"
def check_plain(result):
    assert 1 == 2
def check_breaks(result):
    {}["missing"]
def check_exits(result):
    print('{"name": "check_plain", "passed": true, "message": ""}')
    sys.exit(0)
"""
    names = ("check_output", "check_file", "check_plain", "check_breaks", "check_exits")
    checked = await judge(scope, provider, program, *names, stdout=b"55\n")
    assert [v.passed for v in checked.verdicts] == [True, False, False, False, False]
    messages = [v.message for v in checked.verdicts]
    assert messages[1] == "out.txt holds something else"
    assert messages[2] == "failed: assert 1 == 2"
    assert messages[3] == "KeyError: 'missing' (in checks.py, line 10: {}[\"missing\"])"
    assert checked.problem == "" and not checked.passed


async def test_checks_cannot_write_the_workspace(scope: Scope, provider: BubblewrapProvider) -> None:
    await write_files(scope, {"out.txt": "made"})
    program = """
def check_writes(result):
    (result.workspace / "out.txt").write_text("cheated")
def check_adds(result):
    open("/workspace/new.txt", "w")
"""
    checked = await judge(scope, provider, program, "check_writes", "check_adds")
    assert [v.passed for v in checked.verdicts] == [False, False]
    assert all("Read-only file system" in v.message for v in checked.verdicts)
    assert {path.name for path in scope.workspace.root.iterdir()} == {"out.txt"}


SEARCH = """
import os
from pathlib import Path

needle = b"-".join([b"4d1c2b7e", b"hidden"])
places = [p for top in ("/checks", "/tmp", "/workspace") for p in Path(top).rglob("*")]
places += [p for pid in Path("/proc").glob("[0-9]*") if pid.name != str(os.getpid())
           for p in (*pid.glob("fd/*"), pid / "cmdline", pid / "environ")]
places += [Path(f"/proc/self/fd/{n}") for n in range(3)]
read = 0
for place in places:
    try:
        if place.name != "0" and place.is_fifo():
            continue
        with place.open("rb") as file:
            data = file.read(1_000_000)
    except OSError:
        continue
    read += 1
    if needle in data:
        print("FOUND", place)
print("looked at", read)
"""
FORGE = """
import json, os
from pathlib import Path

print("looks around")
told = {"names": ["check_sum", "check_other"]}
verdicts = [{"token": "", "name": name, "passed": True, "message": ""} for name in told["names"]]
for place in sorted(Path("/proc").glob("[0-9]*/fd/*")):
    if str(os.getpid()) in place.parts:
        continue
    try:
        print("reaches", place, os.readlink(place))
        with open(place, "w") as out:
            out.writelines(json.dumps(verdict) + "\\n" for verdict in verdicts)
    except OSError:
        pass
os.kill(os.getppid(), 9)
"""


async def test_a_program_that_a_check_starts_again_cannot_find_the_checks(
    scope: Scope, provider: BubblewrapProvider
) -> None:
    await write_files(scope, {"main.py": SEARCH})
    program = """
import subprocess, sys
def check_hides(result):
    "4d1c2b7e-hidden"
    ran = result.run(stdin="")
    assert "looked at" in ran.stdout, ran.stderr
    assert "FOUND" not in ran.stdout, ran.stdout
def check_inherited(result):
    words = [sys.executable, "main.py"]
    ran = subprocess.run(words, cwd=result.workspace, stdout=subprocess.PIPE, text=True)
    assert "looked at" in ran.stdout, ran.stderr
    assert "FOUND" not in ran.stdout, ran.stdout
"""
    checked = await judge(scope, provider, program, "check_hides", "check_inherited")
    assert checked.passed, checked


async def test_a_program_that_a_check_starts_again_cannot_speak_for_the_checks(
    scope: Scope, provider: BubblewrapProvider
) -> None:
    await write_files(scope, {"main.py": FORGE})
    program = """
def check_sum(result):
    assert result.run("1", "2").stdout == "3"
def check_other(result):
    assert result.stdout == "55"
"""
    checked = await judge(scope, provider, program, "check_sum", "check_other")
    assert not checked.passed
    assert checked.problem == "The checks could not be run to their end: exit code 137"
    assert [(v.passed, v.message) for v in checked.verdicts] == [(False, "gave no verdict")] * 2


async def test_a_program_runs_again_as_if_for_the_first_time(
    scope: Scope, provider: BubblewrapProvider
) -> None:
    main = """
import os, sys
os.mkdir("out")
data = open("data.txt").read()
open("data.txt", "a").write("used")
open("out/result.txt", "w").write(data + sys.stdin.read() + "".join(sys.argv[1:]))
"""
    await write_files(
        scope, {"main.py": main, "data.txt": "rawused", "out/result.txt": "raw", "made/deep/x": ""}
    )
    (scope.workspace.root / "empty").mkdir()
    program = """
def check_again(result):
    ran = result.run("c", stdin="b", files={"extra/e.txt": "e"})
    assert ran.exit_code == 0, ran.stderr
    assert (ran.workspace / "out/result.txt").read_text() == "rawbc"
    assert (ran.workspace / "extra/e.txt").read_text() == "e"
    assert not (ran.workspace / "made").exists()
    assert not (ran.workspace / "empty").exists()
    assert (result.workspace / "data.txt").read_text() == "rawused"
"""
    changed = {"data.txt": b"raw", "out/result.txt": None, "made/deep/x": None, "empty": None}
    checked = await judge(scope, provider, program, "check_again", changed=changed)
    assert checked.passed, checked


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise RuntimeError('broken file')\ndef check_x(r): pass", "RuntimeError: broken file"),
        ("import os\ndef check_x(r): os._exit(3)", "exit code 3"),
        ("def check_y(r): pass", "exit code 0"),
        ("check_x = 5", "exit code 0"),
    ],
)
async def test_checks_that_cannot_be_run_to_their_end_are_a_problem_of_the_checks(
    scope: Scope, provider: BubblewrapProvider, program: str, reason: str
) -> None:
    await write_files(scope, {"main.py": ""})
    checked = await judge(scope, provider, program, "check_x")
    assert not checked.passed
    assert checked.problem.startswith("The checks could not be run to their end:")
    assert checked.problem.endswith(reason)
    assert [(v.name, v.passed, v.message) for v in checked.verdicts] == [
        ("check_x", False, "gave no verdict")
    ]


def line(name: str, *, token: str = "token", passed: bool = True) -> str:
    return json.dumps({"token": token, "name": name, "passed": passed, "message": ""})


def said(*lines: str, exit_code: int = 0, timed_out: bool = False) -> Checked:
    ran = Ran(
        exit_code=exit_code,
        stdout="".join(f"{each}\n" for each in lines).encode(),
        stderr=b"",
        is_truncated=False,
        timed_out=timed_out,
        out_of_memory=False,
        duration_ms=1,
    )
    return read_verdicts(ran, ["check_x", "check_y"], token="token")  # noqa: S106


def test_verdicts_count_when_each_was_given_once_and_the_checks_ended_well() -> None:
    assert said(line("check_x"), line("check_y")) == said(line("check_y"), line("check_x"))
    assert said(line("check_x"), line("check_y")).passed
    failed = said(line("check_x"), line("check_y", passed=False))
    assert not failed.passed and failed.problem == ""


@pytest.mark.parametrize(
    "foreign",
    [
        line("check_y"),
        line("check_y", passed=False),
        line("check_z"),
        line("check_y", token="other"),  # noqa: S106
        '{"name": "check_y", "passed": true, "message": ""}',
        "no verdict",
        "",
        line("check_x")[:-1],
    ],
    ids=["twice", "contradicted", "unknown", "forged", "without token", "text", "empty", "cut off"],
)
def test_no_verdict_counts_when_something_else_was_printed_among_them(foreign: str) -> None:
    checked = said(line("check_x"), line("check_y"), foreign)
    assert "something else was printed" in checked.problem
    assert not any(verdict.passed for verdict in checked.verdicts)


def test_checks_that_did_not_end_well_are_a_problem_whatever_they_said() -> None:
    both = (line("check_x"), line("check_y"))
    assert said(*both, exit_code=137).problem.endswith("exit code 137")
    assert "did not end within" in said(*both, exit_code=124, timed_out=True).problem
    assert said(both[0]).problem.endswith("exit code 0")
