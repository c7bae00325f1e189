"""Puts files that an agent wrote into the workspace."""

from __future__ import annotations

from collections.abc import Mapping

from archon.domain.values import Json, JsonObject
from archon.engine.outcomes import Performed
from archon.engine.scope import Scope


async def write_files(scope: Scope, files: Mapping[str, str]) -> None:
    """Write the files over what is there; the workspace's manifest then holds them.

    Paths are relative and already known to be safe. Raises: InvalidInput for one that is not.
    """
    workspace = scope.workspace
    request: JsonObject = {"manifest": workspace.manifest.id, "files": dict(files)}

    async def perform() -> Performed:
        delta, blobs = await workspace.write(files)
        written: list[Json] = [*sorted(files)]
        return Performed(result={"written": written}, manifest=delta, blobs=blobs)

    await scope.effect("write", request, perform)
