"""For an ordinary user all depends on Landlock and the filters. Root tries what such a user gets, too."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from archon.adapters.sandbox.toolchain import discovered
from tests.builders.landlock import becoming, needs_landlock, python_prefix

ROOT = Path(__file__).parents[3]
NOBODY = 65534
TESTS = ("tests/contract/test_sandbox_landlock.py", "tests/security/landlock")

pytestmark = [
    needs_landlock,
    pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as an ordinary user anyway"),
]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the ordinary user, who cannot enter pytest's own."""
    with tempfile.TemporaryDirectory(prefix="archon-ordinary-") as folder:
        os.chown(folder, NOBODY, NOBODY)
        yield Path(folder)


def test_all_of_it_holds_for_an_ordinary_user_too(home: Path) -> None:
    program = str(discovered(python_prefix()).executable)
    paths = f"PYTHONPATH={ROOT}:{sysconfig.get_path('purelib')}"
    argv = [*becoming(NOBODY), "env", f"HOME={home}", f"TMPDIR={home}", paths, program, "-B"]
    if subprocess.run([*argv, "-c", "import pytest, archon"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip(f"an ordinary user of this machine cannot run this checkout ({sys.prefix})")
    options = ["-q", "-n0", "-p", "no:cacheprovider", f"--basetemp={home / 'tests'}"]
    done = subprocess.run([*argv, "-m", "pytest", *options, *TESTS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
