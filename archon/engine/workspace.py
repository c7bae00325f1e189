"""The files a task works on: a manifest that moves with the journal, and a folder that follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from archon.domain.manifest import Entry, FileEntry, FolderEntry, LeftOut, LinkEntry, Manifest, parents
from archon.domain.values import Digest, JsonObject, digest_bytes
from archon.engine.sessions import Sessions
from archon.ports.folder import Folder, FolderSource, Listed
from archon.ports.journal import Journal

LARGEST_FILE_BYTES = 50_000_000
"""A larger file is left out of the manifest, and the manifest says so."""

CACHES = frozenset(
    {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules", ".venv", ".packages"}
)
"""Folders that a command makes again by itself; they are no part of a workspace's state."""


class Workspace:
    """Where the journal says the files are, and the folder in which commands see them.

    `manifest` follows the recorded outcomes at once; the folder is brought to it only when something
    is about to happen in it (JOURNAL, section 3).
    """

    def __init__(self, root: Path, folders: FolderSource, journal: Journal) -> None:
        self.root = root
        self.manifest = Manifest()
        self.sessions = Sessions()
        self._folders = folders
        self._journal = journal
        self._on_disk: Manifest | None = None
        self._seen: dict[str, tuple[Listed, Entry]] = {}
        self._fresh: dict[Digest, bytes] = {}
        self._caches: list[str] = []

    def move_to(self, manifest: JsonObject, *, whole: bool) -> None:
        """Follow a recorded outcome: a whole listing, or a delta."""
        self.manifest = Manifest.from_json(manifest) if whole else self.manifest.apply(manifest)

    async def restore(self) -> Folder:
        """Bring the folder to the manifest, and return it. Raises: NotFound for a lost blob.

        Caches go too: what they hold is not in the manifest, and could make it run as something else.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        # A sandbox that is up may have it: what comes in anew is as much its user's as the rest.
        folder = self._folders.open(self.root, owner=self.root.stat().st_uid)
        if self._on_disk == self.manifest and not self._caches:
            return folder
        there = await asyncio.to_thread(self._scan, folder)
        for path in self._caches:
            await asyncio.to_thread(folder.remove, path)
        self._caches = []
        changed = {p: e for p, e in self.manifest.entries.items() if there.entries.get(p) != e}
        contents = {e.sha256: await self.content(e) for e in changed.values() if isinstance(e, FileEntry)}
        await asyncio.to_thread(_bring, folder, there, self.manifest, contents)
        self._on_disk = self.manifest
        return folder

    async def look(self) -> tuple[JsonObject | None, dict[Digest, bytes]]:
        """What changed in the folder since the manifest: a delta (None for nothing) and new contents.

        The manifest itself moves only when the outcome that carries the delta is recorded.
        """
        folder = self._folders.open(self.root)
        self._fresh = {}
        now = await asyncio.to_thread(self._scan, folder)
        self._on_disk = now
        delta = now.delta_from(self.manifest)
        if not delta:
            return None, {}
        known = self.manifest.blobs()
        return delta, {sha: data for sha, data in self._fresh.items() if sha not in known}

    async def write(self, files: Mapping[str, str]) -> tuple[JsonObject | None, dict[Digest, bytes]]:
        """Put text files into the restored folder; the delta and contents as `look` gives them."""
        folder = await self.restore()
        self._on_disk = None  # known again when all are written
        for path, text in files.items():
            await asyncio.to_thread(folder.write, path, text.encode("utf-8", "surrogatepass"))
        return await self.look()

    async def contents(self, manifest: Manifest) -> dict[str, bytes]:
        """Path → bytes of every file of a manifest, from the journal. Raises: NotFound."""
        return {
            path: await self.content(entry)
            for path, entry in manifest.entries.items()
            if isinstance(entry, FileEntry)
        }

    async def content(self, entry: FileEntry) -> bytes:
        """The bytes of one file of a manifest, from the journal. Raises: NotFound."""
        return await self._journal.blob(entry.sha256)

    def _scan(self, folder: Folder) -> Manifest:
        """List the folder, reading only what changed since the last look (JOURNAL, section 3)."""
        seen: dict[str, tuple[Listed, Entry]] = {}
        folders: list[str] = []
        caches: list[str] = []
        for listed in folder.scan(skip=CACHES):
            if listed.kind == "folder":
                (caches if _is_cache(listed.path) else folders).append(listed.path)
                continue
            before = self._seen.get(listed.path)
            entry = before[1] if before is not None and before[0] == listed else self._entry(folder, listed)
            seen[listed.path] = (listed, entry)
        self._seen, self._caches = seen, caches
        entries = {path: entry for path, (_, entry) in seen.items()}
        return Manifest(entries | {path: FolderEntry() for path in _empty(folders, entries)})

    def _entry(self, folder: Folder, listed: Listed) -> Entry:
        if listed.kind == "link":
            return LinkEntry(target=listed.target)
        if listed.kind == "other":
            return LeftOut(reason="neither a file, a folder nor a link")
        if listed.size_bytes > LARGEST_FILE_BYTES:
            return LeftOut(reason=f"larger than {LARGEST_FILE_BYTES // 1_000_000} MB")
        data = folder.read(listed.path)
        sha = digest_bytes(data)
        self._fresh[sha] = data
        return FileEntry(sha256=sha, size_bytes=len(data), executable=listed.is_executable)


def _empty(folders: Iterable[str], entries: Iterable[str]) -> list[str]:
    """The folders in which nothing counts."""
    counting = list(folders)
    filled = {parent for path in (*counting, *entries) for parent in parents(path)}
    return [path for path in counting if path not in filled]


def _is_cache(path: str) -> bool:
    return path.rpartition("/")[2] in CACHES


def _bring(folder: Folder, there: Manifest, wanted: Manifest, contents: Mapping[Digest, bytes]) -> None:
    """Remove what is not wanted, folders with all that is in them, then put what is missing."""
    entries, folders = there.entries.items(), there.folders()
    stale = {p for p, e in entries if p not in folders and wanted.entries.get(p) != e}
    for path in sorted(stale | (folders - wanted.folders())):
        folder.remove(path)
    for path, entry in wanted.entries.items():
        if there.entries.get(path) == entry:
            continue
        match entry:
            case FileEntry():
                folder.write(path, contents[entry.sha256], executable=entry.executable)
            case LinkEntry():
                folder.link(path, entry.target)
            case FolderEntry():
                folder.make_folder(path)
            case LeftOut():
                continue
