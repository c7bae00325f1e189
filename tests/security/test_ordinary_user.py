"""Root and ordinary users get sandboxes of two kinds. Root also tries what an ordinary user would get."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534
BECOME_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
ATTACKS = (
    "tests/contract/test_sandbox.py",
    "tests/security/test_battery.py",
    "tests/security/test_between_commands.py",
    "tests/security/test_descriptors.py",
    "tests/security/test_exhaustion.py",
    "tests/security/test_later_reads.py",
    "tests/security/test_leftovers.py",
    "tests/security/test_neighbours.py",
    "tests/security/test_privileges.py",
    "tests/unit/tools/test_run_checks.py",
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="these tests run as an ordinary user anyway")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the ordinary user, who cannot enter pytest's own."""
    with tempfile.TemporaryDirectory(prefix="archon-ordinary-") as folder:
        os.chown(folder, NOBODY, NOBODY)
        yield Path(folder)


@pytest.fixture
def python(home: Path) -> list[str]:
    """The beginning of an argv that runs this version of Python with this checkout, as nobody."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = shutil.which(version, path="/usr/bin:/usr/local/bin") or sys.executable
    paths = f"PYTHONPATH={ROOT}:{sysconfig.get_path('purelib')}"
    argv = [*BECOME_NOBODY, "env", f"HOME={home}", paths, program, "-B"]
    if subprocess.run([*argv, "-c", "import pytest, archon"], cwd=ROOT, capture_output=True).returncode:
        pytest.skip("an ordinary user of this machine cannot run this checkout")
    if subprocess.run([*BECOME_NOBODY, "unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("this machine gives ordinary users no user namespaces")
    return argv


@pytest.mark.parametrize("file", ATTACKS)
def test_attacks_fail_in_the_sandbox_of_an_ordinary_user_too(
    python: list[str], home: Path, file: str
) -> None:
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={home / 'tests'}"]
    done = subprocess.run([*python, "-m", "pytest", *options, file], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
