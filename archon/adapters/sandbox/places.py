"""A sandbox's fixed places, for providers that cannot show a folder anywhere but where it is."""

from __future__ import annotations

from dataclasses import replace

from archon.adapters.sandbox.layout import WORKSPACE
from archon.domain.execution import Command, Mount, SandboxSpec


class Places:
    """Stand for the real ones where a word of a command names them, but not inside of such a word."""

    def __init__(self, spec: SandboxSpec) -> None:
        workspace = Mount(source=spec.workspace.resolve(), target=WORKSPACE)
        self._places = (workspace, *spec.mounts)

    def there(self, command: Command) -> Command:
        """The command with the real places in its words, folder and variables."""
        return replace(
            command,
            argv=tuple(map(self.real, command.argv)),
            cwd=self.real(command.cwd),
            env={name: self._listed(value) for name, value in command.env.items()},
        )

    def real(self, word: str) -> str:
        for place in self._places:
            if word == place.target or word.startswith(f"{place.target}/"):
                return str(place.source.resolve()) + word[len(place.target) :]
        return word

    def _listed(self, value: str) -> str:
        """A variable may name several places, as PATH does."""
        return ":".join(map(self.real, value.split(":")))
