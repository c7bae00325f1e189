"""Checks of a program's results hold without namespaces as well."""

from __future__ import annotations

from pathlib import Path

from archon.adapters.sandbox.landlock.provider import LandlockProvider
from archon.tools.run_checks import run_checks
from archon.tools.write_files import write_files
from tests.builders.landlock import needs_landlock
from tests.builders.scopes import opened, sandboxes_end_with_their_test  # noqa: F401 - one is a fixture

pytestmark = needs_landlock

MAIN = """
import os, sys
with open("used", "x") as file: file.write(sys.stdin.read())
for place in (f"/proc/{os.getppid()}/mem", f"/proc/{os.getppid()}/environ", f"/proc/{os.getppid()}/fd/1"):
    try: open(place, "rb+"); print("reached", place)
    except OSError: pass
print(os.access("run.sh", os.X_OK), "".join(sys.argv[1:]))
"""
CHECKS = """
def check_again(result):
    ran = result.run("c", stdin="b")
    assert (ran.exit_code, ran.stdout) == (0, "True c\\n"), ran.stdout + ran.stderr
    assert (ran.workspace / "used").read_text() == "b"
    assert not (result.workspace / "used").exists()
def check_writes(result):
    (result.workspace / "main.py").write_text("cheated")
def check_locks(result):
    (result.workspace / "main.py").chmod(0)
"""


async def test_a_program_runs_again_beside_checks_that_it_cannot_reach(
    provider: LandlockProvider, tmp_path: Path
) -> None:
    scope = await opened(folder=tmp_path / "workspace")
    await write_files(scope, {"main.py": MAIN, "run.sh": "#!/bin/sh\n"})
    (scope.workspace.root / "run.sh").chmod(0o755)
    names = ("check_again", "check_writes", "check_locks")
    checked = await run_checks(
        scope, provider, program=CHECKS, names=names, changed={}, stdout=b"", stderr=b""
    )
    assert checked.problem == ""
    assert [verdict.passed for verdict in checked.verdicts] == [True, False, False], checked
    assert (scope.workspace.root / "main.py").read_text() == MAIN
