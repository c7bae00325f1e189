"""Installs locked Python packages: wheels with the right hashes only, so that nothing of them runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from archon.adapters.sandbox.toolchain import Python
from archon.adapters.sandbox.toolchains.host import environment
from archon.adapters.sandbox.toolchains.values import Run
from archon.domain.errors import ConfigurationError

_CHECKED = ("--require-hashes", "--only-binary", ":all:")
_UV = ("pip", "install", "--link-mode", "copy", "--no-progress")
_PIP = ("-m", "pip", "install", "--no-compile", "--no-input", "--no-warn-script-location")


def locked_install(requirements: str, library: Path, python: Python, run: Run) -> None:
    """Install what the requirements say, with its programs in `bin` below, into the folder `library`.

    Raises: ConfigurationError where it cannot be had, or nothing here can install.
    """
    library.mkdir(parents=True)
    file = library.parent / "requirements.txt"
    file.write_text(requirements)
    what = ("--target", library, *_CHECKED, "-r", file)
    uv = shutil.which("uv")
    if uv:
        run((uv, *_UV, "--python", python.executable, *what), doing="installing its packages with uv")
    else:
        own = library.parent / "pip"
        run((_pip(python, own, run), *_PIP, *what), doing="installing its packages with pip")
        shutil.rmtree(own, ignore_errors=True)
    file.unlink()
    (library / ".lock").unlink(missing_ok=True)  # uv's


def _pip(python: Python, own: Path, run: Run) -> Path:
    """A Python that has pip: the given one, or that of a virtual environment made at `own`."""
    if _can(python, "import pip"):
        return python.executable
    if not _can(python, "import ensurepip, venv"):
        raise ConfigurationError(
            f"There is no uv, and {python.executable} has no pip.",
            hint="Install uv, or pip and venv for it: `apt install python3-pip python3-venv`.",
        )
    run((python.executable, "-I", "-m", "venv", own), doing="making an environment with pip")
    return own / "bin" / "python"


def _can(python: Python, statement: str) -> bool:
    argv = (python.executable, "-c", statement)
    done = subprocess.run(argv, capture_output=True, check=False, cwd="/", env=environment(os.environ))
    return done.returncode == 0
