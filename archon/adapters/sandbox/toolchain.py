"""The Python that programs get, shown at the same place on every machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from archon.domain.errors import SandboxUnavailable

PREFIX = Path("/opt/python")
PROGRAMS = Path("/opt/bin")


@dataclass(frozen=True, slots=True)
class Python:
    prefix: Path
    """Where it is installed on the host."""
    executable: Path

    @property
    def is_of_the_system(self) -> bool:
        """Whether it lies in /usr, which every sandbox sees anyhow."""
        return self.prefix.is_relative_to("/usr")

    @property
    def inner_executable(self) -> Path:
        if self.is_of_the_system:
            return self.executable
        return PREFIX / self.executable.relative_to(self.prefix)


def discovered(prefix: Path | None) -> Python:
    """The Python installed at `prefix`, or the one that runs this program, outside of any venv.

    Raises: SandboxUnavailable when there is none.
    """
    root = (prefix or Path(sys.base_prefix)).resolve()
    names = (f"python{sys.version_info.major}.{sys.version_info.minor}", "python3", "python")
    for name in names:
        executable = root / "bin" / name
        if executable.exists():
            return Python(root, executable)
    raise SandboxUnavailable(
        f"There is no Python below {root}.", hint="Install python3, or name the folder of one that is there."
    )
