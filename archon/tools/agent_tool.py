"""What a tool is to an agent: a definition the model reads, and the work behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from archon.domain.clipping import clipped
from archon.domain.conversation import Tool
from archon.domain.manifest import FileEntry, Manifest
from archon.domain.paths import normalised, refusal
from archon.domain.values import JsonObject
from archon.engine.scope import Scope
from archon.ports.sandbox import SandboxProvider

SHOWN_CHARS = 24_000
"""How much of a result a model is shown at most: about six thousand tokens."""
_INSIDE = "/workspace/"


class ToolFailed(Exception):
    """What an agent asked for cannot be done; the message says why and what to do instead."""


@dataclass(kw_only=True)
class ToolContext:
    """Where an agent's tools work, and what they have written there."""

    scope: Scope
    sandbox: SandboxProvider
    timeout_s: float
    """Wall-clock seconds that one command may take."""
    protected: frozenset[str] = frozenset()
    """Paths that no tool may write."""
    written: set[str] = field(default_factory=set)
    """Paths that tools wrote, in any turn."""
    doubted: set[str] = field(default_factory=set)
    """Calls that were refused because they may not be meant; the same again are taken at their word."""

    def path(self, given: str) -> str:
        """A path as the manifest spells it; the sandbox's own absolute spelling counts too.

        Raises: ToolFailed for one that leads out of the workspace.
        """
        relative = normalised(given.removeprefix(_INSIDE))
        if problem := refusal(relative):
            raise ToolFailed(f"{given[:200]!r} cannot be used: {problem}.")
        return relative

    def readable(self, given: str) -> str:
        """A path that may be read: whatever the manifest has, by its own name. Raises: ToolFailed."""
        relative = normalised(given.removeprefix(_INSIDE))
        return relative if relative in self.scope.workspace.manifest.entries else self.path(given)

    def writable(self, given: str) -> str:
        """A path that may be written. Raises: ToolFailed."""
        path = self.path(given)
        if found := self.input_at(path):
            what = "is an input" if found == path else f"is in the way of the input {found}"
            raise ToolFailed(f"{path} {what}: it is laid out anew before every run. Write another file.")
        return path

    def input_at(self, path: str) -> str:
        """The protected path that a file at `path` would be, or lie above or below; empty where none is."""
        return next((each for each in self.protected if _are_in_line(each, path)), "")

    def put_inputs_back(self, before: Manifest) -> list[str]:
        """Undo what a command did to the inputs since `before`, and tell which it did something to."""
        now = self.scope.workspace.manifest
        inputs = {path: before.entries[path] for path in sorted(self.protected) if path in before.entries}
        changed = [path for path, entry in inputs.items() if now.entries.get(path) != entry]
        if changed:
            others = {path: entry for path, entry in now.entries.items() if not self.input_at(path)}
            self.scope.workspace.move_to(Manifest({**others, **inputs}).to_json(), whole=True)
        return changed

    async def text(self, path: str) -> str:
        """The text of a file in the manifest. Raises: ToolFailed where there is none."""
        data = await self.data(path)
        try:
            if b"\0" not in data:
                return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        raise ToolFailed(f"{path} is not text ({len(data):,} bytes). Look at it with a command.")

    async def data(self, path: str) -> bytes:
        """The bytes of a file in the manifest. Raises: ToolFailed where there is none."""
        entry = self.scope.workspace.manifest.entries.get(path)
        if isinstance(entry, FileEntry):
            return await self.scope.workspace.content(entry)
        if entry is not None:
            raise ToolFailed(f"{path} is no regular file.")
        if path in self.scope.workspace.manifest.folders():
            raise ToolFailed(f"{path} is a folder. Use list to see what is in it.")
        raise ToolFailed(f"There is no file {path}.{self._meant(path)}")

    def _meant(self, path: str) -> str:
        """Files that may be meant: those of the same name, then those spelled alike."""
        import difflib

        paths = [p for p, e in self.scope.workspace.manifest.entries.items() if isinstance(e, FileEntry)]
        name = path.rpartition("/")[2]
        alike = [p for p in paths if p.rpartition("/")[2] == name] or difflib.get_close_matches(path, paths)
        return f" There is {', '.join(alike[:3])}." if alike else " Use list to see what there is."


def _are_in_line(one: str, other: str) -> bool:
    """Whether two paths are the same or one lies below the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


Perform: TypeAlias = Callable[[ToolContext, JsonObject], Awaitable[str]]
"""Does what the checked arguments ask for and returns what the model is told. Raises: ToolFailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTool:
    definition: Tool
    perform: Perform
    read_only: bool = False
    """Whether calls of it may run beside each other; it then performs no effect."""

    @property
    def name(self) -> str:
        return self.definition.name


def shown(text: str) -> str:
    """As much of a result as a model is shown."""
    return clipped(text, SHOWN_CHARS)
