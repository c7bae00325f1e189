"""Hands the finished files over: into a folder of the person who asked for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from archon.domain.errors import ConfigurationError
from archon.domain.manifest import FileEntry, FolderEntry, Manifest
from archon.domain.values import Json, JsonObject
from archon.engine.outcomes import Performed
from archon.engine.scope import Scope
from archon.ports.folder import FolderSource


async def deliver(scope: Scope, folders: FolderSource, *, target: Path) -> list[str]:
    """Write the workspace's files and empty folders into `target`; return the files' paths.

    What is there under other names stays. Doing it again writes the same files again. Raises:
    ConfigurationError when the folder cannot be written.
    """
    workspace = scope.workspace
    manifest = workspace.manifest
    request: JsonObject = {"manifest": manifest.id, "target": target.name}

    async def perform() -> Performed:
        # A name of several lines would be several names where paths are printed a line each.
        contents = {p: d for p, d in (await workspace.contents(manifest)).items() if not {"\n", "\r"} & {*p}}
        try:
            await asyncio.to_thread(_write, folders, target, manifest, contents)
        except OSError as error:
            raise ConfigurationError(
                f"The result could not be written to {target}: {error.strerror or error}.",
                hint="Make room or make it writable, then resume the task; nothing is lost.",
            ) from error
        written: list[Json] = [*sorted(contents)]
        return Performed(result={"path": str(target), "files": written})

    done = await scope.effect("deliver", request, perform, repeat="probe")
    match done.result:
        case {"files": list(files)}:
            return [str(file) for file in files]
    return []


def _write(folders: FolderSource, target: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    folder = folders.open(target)
    for path, data in contents.items():
        entry = manifest.entries[path]
        folder.write(path, data, executable=isinstance(entry, FileEntry) and entry.executable)
    for path, entry in manifest.entries.items():
        if isinstance(entry, FolderEntry):
            folder.make_folder(path)
