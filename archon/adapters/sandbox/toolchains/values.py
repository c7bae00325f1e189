"""What sandboxes get of a toolchain, and how one is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from archon.domain.execution import Mount

PLACE = "/opt/toolchains"
"""Where toolchains are shown inside, each in a folder of its name."""

Say: TypeAlias = Callable[[str], None]
"""Tells a person one line about the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """Libraries and programs that a sandbox shows read-only."""

    name: str
    mounts: tuple[Mount, ...]
    programs: tuple[str, ...]
    """Folders inside that come before all others in PATH."""
    environment: Mapping[str, str] = field(default_factory=dict)


class Run(Protocol):
    def __call__(self, argv: Sequence[str | Path], *, doing: str) -> None:
        """Run a program of the host to its end, in the folder that is being built.

        `doing` says what for, as "installing its packages with npm". Raises: ConfigurationError.
        """
        ...


class Recipe(Protocol):
    name: str
    needed_mb: int
    """How much room on the disk it takes to build."""

    @property
    def version(self) -> str:
        """The name of its folder: another one for everything that is built differently."""
        ...

    def build(self, folder: Path, run: Run) -> None:
        """Fill the empty folder. Raises: ConfigurationError; OSError."""
        ...

    def shown(self, folder: Path) -> Toolchain | None:
        """What a sandbox gets of the built folder; None where this machine cannot use it any more."""
        ...
