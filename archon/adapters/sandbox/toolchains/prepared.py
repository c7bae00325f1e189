"""The toolchains of this machine: those that are built are shown in every sandbox."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from archon.adapters.sandbox.toolchain import Python, discovered
from archon.adapters.sandbox.toolchains import building
from archon.adapters.sandbox.toolchains.holding import hold, is_same
from archon.adapters.sandbox.toolchains.node_web import NodeWeb
from archon.adapters.sandbox.toolchains.python_web import PythonWeb
from archon.adapters.sandbox.toolchains.values import Recipe, Say, Toolchain
from archon.domain.errors import InvalidInput

BROWSER = Path("/usr/bin/chromium")


def shipped(python: Python) -> tuple[Recipe, ...]:
    return PythonWeb(python), NodeWeb(python)


class Toolchains:
    """Built below one folder, which all processes of a user share."""

    def __init__(
        self, folder: Path, *, python: Path | None = None, recipes: Sequence[Recipe] | None = None
    ) -> None:
        """`python` is the prefix of the Python that sandboxes show, by default the one in use.

        Raises: SandboxUnavailable when there is none.
        """
        self._folder = folder
        self._recipes = tuple(recipes) if recipes is not None else shipped(discovered(python))
        self._held: dict[Path, int] = {}

    @property
    def names(self) -> list[str]:
        return [recipe.name for recipe in self._recipes]

    @property
    def browser(self) -> Path | None:
        """Chromium, where the machine has it: the playwright-core of node-web can drive it."""
        return BROWSER if BROWSER.exists() else None

    def prepared(self) -> tuple[Toolchain, ...]:
        """Those that are built in the version of this program, kept from removal until this process ends.

        A matter of a few looks at the disk, so that it can be asked for every sandbox.
        """
        found = []
        for recipe in self._recipes:
            place = self._folder / recipe.version
            toolchain = recipe.shown(place) if self._hold(place) else None
            if toolchain is not None:
                found.append(toolchain)
        return tuple(found)

    def prepare(self, name: str, say: Say) -> Path:
        """Build one unless it is there already, which may take minutes; its place.

        Raises: InvalidInput for an unknown name; ConfigurationError with what to do.
        """
        return building.build(self._recipe(name), self._folder, say)

    def remove(self, name: str, say: Say) -> list[Path]:
        """Remove one in all its versions; what running processes use is kept and returned.

        Raises: InvalidInput for an unknown name.
        """
        return building.remove(self._recipe(name), self._folder, say)

    def close(self) -> None:
        """Let go of what was given out, so that it may be removed before this process ends."""
        while self._held:
            os.close(self._held.popitem()[1])

    def _recipe(self, name: str) -> Recipe:
        for recipe in self._recipes:
            if recipe.name == name:
                return recipe
        raise InvalidInput(f"There is no toolchain {name!r}.", hint=f"There are {', '.join(self.names)}.")

    def _hold(self, place: Path) -> bool:
        held = self._held.get(place)
        if held is not None and is_same(held, place):
            return True
        if held is not None:
            os.close(self._held.pop(place))
        fresh = hold(place)
        if fresh is not None:
            self._held[place] = fresh
        return fresh is not None
