"""Puts files that an agent wrote into the workspace."""

from __future__ import annotations

from collections.abc import Mapping

from archon.domain.errors import InvalidInput
from archon.domain.events import Problem
from archon.domain.values import Json, JsonObject
from archon.engine.outcomes import Performed, Refusal
from archon.engine.scope import Scope


async def write_files(scope: Scope, files: Mapping[str, str], *, by: str = "") -> None:
    """Write the files over what is there; the workspace's manifest then holds them.

    `by` names the tool that an agent called for it. Paths are relative and already known to be safe.
    Raises: Refusal for one that cannot be written, such as below a link or a file.
    """
    workspace = scope.workspace
    request: JsonObject = {"manifest": workspace.manifest.id, "files": dict(files)}
    if by:
        request["by"] = by

    async def perform() -> Performed:
        try:
            delta, blobs = await workspace.write(files)
        except InvalidInput as error:
            raise Refusal(Problem(code=error.code, message=error.message, hint=error.hint)) from error
        written: list[Json] = [*sorted(files)]
        return Performed(result={"written": written}, manifest=delta, blobs=blobs)

    await scope.effect("write", request, perform)
