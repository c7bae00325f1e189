"""A workspace as a value: the full listing of its files, and the difference between two listings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from archon.domain.values import Digest, Json, JsonObject, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    sha256: Digest
    size_bytes: int
    executable: bool = False
    type: Literal["file"] = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEntry:
    target: str
    type: Literal["link"] = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderEntry:
    """A folder with nothing in it; every other folder follows from the paths below it."""

    type: Literal["folder"] = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something that is there but is not kept: too large, or neither file, folder nor link."""

    reason: str
    type: Literal["left_out"] = "left_out"


Entry: TypeAlias = FileEntry | LinkEntry | FolderEntry | LeftOut


def _entry_json(entry: Entry) -> Json:
    match entry:
        case FileEntry():
            return [entry.sha256, entry.size_bytes, int(entry.executable)]
        case LinkEntry():
            return {"link": entry.target}
        case FolderEntry():
            return {"folder": "empty"}
        case LeftOut():
            return {"left_out": entry.reason}


def _entry_from(value: Json) -> Entry:
    match value:
        case [str(sha), int(size), int(mode)]:
            return FileEntry(sha256=Digest(sha), size_bytes=size, executable=bool(mode))
        case {"link": str(target)}:
            return LinkEntry(target=target)
        case {"folder": "empty"}:
            return FolderEntry()
        case {"left_out": str(reason)}:
            return LeftOut(reason=reason)
    raise ValueError(f"not a manifest entry: {value!r}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Path → entry for everything in a workspace. Paths are relative, with `/`."""

    entries: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def id(self) -> Digest:
        return digest(self.to_json())

    def to_json(self) -> JsonObject:
        return {path: _entry_json(entry) for path, entry in self.entries.items()}

    @staticmethod
    def from_json(value: JsonObject) -> Manifest:
        return Manifest({path: _entry_from(entry) for path, entry in value.items()})

    def delta_from(self, earlier: Manifest) -> JsonObject:
        """What changes `earlier` into this: path → entry, or None for a path that is gone."""
        changed = {p: _entry_json(e) for p, e in self.entries.items() if earlier.entries.get(p) != e}
        gone: JsonObject = {p: None for p in earlier.entries if p not in self.entries}
        return changed | gone

    def apply(self, delta: JsonObject) -> Manifest:
        """The listing after `delta`; the inverse of `delta_from`."""
        entries = dict(self.entries)
        for path, value in delta.items():
            if value is None:
                entries.pop(path, None)
            else:
                entries[path] = _entry_from(value)
        return Manifest(entries)

    def folders(self) -> frozenset[str]:
        """Every folder that there is: the empty ones, and those with a path below them."""
        empty = (path for path, entry in self.entries.items() if isinstance(entry, FolderEntry))
        return frozenset(empty).union(*map(parents, self.entries))

    def blobs(self) -> frozenset[Digest]:
        return frozenset(e.sha256 for e in self.entries.values() if isinstance(e, FileEntry))


def parents(path: str) -> list[str]:
    """The folders above a path, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
