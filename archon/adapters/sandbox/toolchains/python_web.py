"""`python-web`: what a FastAPI application and its checks need, as a virtual environment at a fixed place."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache, cached_property
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

from archon.adapters.sandbox.toolchain import PROGRAMS, Python
from archon.adapters.sandbox.toolchains.installers import locked_install
from archon.adapters.sandbox.toolchains.values import PLACE, Run, Toolchain
from archon.adapters.sandbox.toolchains.versions import lock, version
from archon.domain.execution import Mount

NAME = "python-web"
_INSIDE = f"{PLACE}/{NAME}"
_SCRIPT = """#!{python}
import sys
from {module} import {name}
if __name__ == "__main__":
    sys.exit({call}())
"""


class PythonWeb:
    name = NAME
    needed_mb = 500

    def __init__(self, python: Python, *, requirements: str | None = None) -> None:
        """`requirements` are locked ones with their hashes, by default those that are shipped."""
        self._python = python
        self._requirements = lock("python-web.txt") if requirements is None else requirements

    @cached_property
    def version(self) -> str:
        owner = "-system" if self._python.is_of_the_system else ""
        return version(f"{NAME}-{release(self._python)}{owner}", str(self._home), self._requirements)

    def build(self, folder: Path, run: Run) -> None:
        library = folder / "lib" / f"python{release(self._python)}" / "site-packages"
        locked_install(self._requirements, library, self._python, run)
        _take_programs(library / "bin", folder / "bin")
        for script, text in _scripts(library):
            (folder / "bin" / script).write_text(text)
            (folder / "bin" / script).chmod(0o755)
        for name in ("python", "python3", f"python{release(self._python)}"):
            (folder / "bin" / name).symlink_to(PROGRAMS / "python3")
        (folder / "pyvenv.cfg").write_text(
            f"home = {self._home}\ninclude-system-site-packages = false\nversion = {release(self._python)}\n"
        )
        run(
            (
                *(self._python.executable, "-I", "-m", "compileall", "-q", "-j", "0"),
                *("--invalidation-mode", "unchecked-hash", "-s", folder, "-p", _INSIDE, library),
            ),
            doing="compiling its modules",
        )

    def shown(self, folder: Path) -> Toolchain:
        return Toolchain(
            name=NAME, mounts=(Mount(source=folder, target=_INSIDE),), programs=(f"{_INSIDE}/bin",)
        )

    @property
    def _home(self) -> Path:
        """The folder of the Python that the environment stands on, as it is inside."""
        return self._python.inner_executable.parent


@cache
def release(python: Python) -> str:
    """Such as 3.11: what packages and compiled modules depend on."""
    told = re.fullmatch(r"python(\d+\.\d+t?)", python.executable.resolve().name)
    if told:
        return told[1]
    ask = "import sys; print('%d.%d' % sys.version_info[:2] + sys.abiflags)"
    return subprocess.check_output([python.executable, "-I", "-c", ask], text=True, env={}).strip()


def _take_programs(source: Path, target: Path) -> None:
    """Keep the programs that are no scripts, such as ruff: scripts begin with a path of this machine."""
    target.mkdir()
    source.mkdir(exist_ok=True)
    for file in source.iterdir():
        with file.open("rb") as stream:
            is_script = stream.read(2) == b"#!"
        if is_script:
            file.unlink()
        else:
            file.rename(target / file.name)
    source.rmdir()


def _scripts(library: Path) -> Iterator[tuple[str, str]]:
    """Name and text of the commands that the packages declare."""
    for package in distributions(path=[str(library)]):
        for entry in package.entry_points.select(group="console_scripts"):
            yield entry.name, _script(entry)


def _script(entry: EntryPoint) -> str:
    return _SCRIPT.format(
        python=f"{_INSIDE}/bin/python",
        module=entry.module,
        name=entry.attr.partition(".")[0],
        call=entry.attr,
    )
