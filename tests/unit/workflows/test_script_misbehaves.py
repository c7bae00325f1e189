"""Scripts that loop, flood, fork, eat memory, wait or linger end their round, and the repair is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from archon.domain.task import Status
from archon.services.task_view import RoundView
from tests.builders.platform import build_platform, run, scripted
from tests.builders.replies import CHECKS, GOOD, PLAN, fenced

FORKS = """
import os, time
for _ in range(500):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        raise SystemExit("no more processes")
"""
LINGERS = """
import subprocess, sys
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(54)
"""
FLOODS = """
import sys
for _ in range(400):
    sys.stdout.write("x" * 10_000 + "\\n")
sys.exit("enough")
"""


async def first_round(folder: Path, program: str, *, timeout_s: float = 10.0) -> tuple[RoundView, str]:
    """The round of the program, and what its repair was told."""
    model = scripted(PLAN, CHECKS, fenced("main.py", program), GOOD)
    view = await run(build_platform(folder, model, run_timeout_s=timeout_s))
    assert view.status is Status.COMPLETED, view.error
    return view.rounds[0], model.requests[3].messages[-1].text


async def test_a_script_that_never_ends_is_killed_in_time(tmp_path: Path) -> None:
    round_, told = await first_round(tmp_path, "while True: pass", timeout_s=0.5)
    assert round_.exit_code == 124
    assert round_.error == "The program did not end in time and was killed."
    assert round_.error in told


async def test_a_script_that_waits_for_a_person_finds_nobody(tmp_path: Path) -> None:
    round_, told = await first_round(tmp_path, "name = input('Who are you? ')")
    assert round_.signature.startswith("EOFError")
    assert "EOFError: EOF when reading a line" in told


async def test_a_script_that_eats_memory_is_killed_for_that(tmp_path: Path) -> None:
    round_, _ = await first_round(tmp_path, "data = []\nwhile True: data.append(bytearray(50_000_000))")
    assert round_.exit_code != 0
    assert "memory" in round_.error.lower(), round_.error


async def test_a_script_that_floods_is_cut_with_a_mark(tmp_path: Path) -> None:
    round_, told = await first_round(tmp_path, FLOODS)
    assert round_.is_truncated
    assert len(round_.stdout) < 1_100_000
    assert "characters left out" in told and len(told) < 20_000
    assert round_.error == "enough"


async def test_a_script_that_forks_without_end_stays_within_its_bounds(tmp_path: Path) -> None:
    round_, _ = await first_round(tmp_path, FORKS)
    assert round_.error == "no more processes"


async def test_a_script_that_leaves_daemons_does_not_keep_the_round_open(tmp_path: Path) -> None:
    round_, _ = await first_round(tmp_path, LINGERS, timeout_s=9.0)
    assert (round_.exit_code, round_.stdout) == (0, "54\n")
    assert left_over("time.sleep(600)") == []


def left_over(words: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if words in line and "pytest" not in line:
            found.append(line)
    return found


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("raise SystemExit(3)", "It exited with code 3 and wrote nothing to standard error."),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "Segmentation fault"),
        ("def broken(:\n    pass", "SyntaxError: invalid syntax"),
    ],
)
async def test_every_way_of_failing_is_told_in_words(tmp_path: Path, program: str, said: str) -> None:
    round_, told = await first_round(tmp_path, program)
    assert said in round_.error and said in told


async def test_a_script_cannot_see_the_checks_nor_what_is_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    program = f"""
import os
from pathlib import Path
found = [str(p) for top in ("/checks", "/workspace", "/tmp") for p in Path(top).rglob("*")]
print(sorted(found))
print(any(b"check_prints" in p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline")))
print(Path({str(tmp_path / "secret.txt")!r}).exists(), sorted(os.environ))
"""
    round_, _ = await first_round(tmp_path, program)
    files, sees_names, outside = round_.stdout.splitlines()
    assert files == "['/workspace/main.py']"
    assert sees_names == "False"
    assert outside.startswith("False ") and "KEY" not in outside
