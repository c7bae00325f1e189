"""Agents' tools on a workspace of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archon.adapters.folder.local import LocalFolders
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.domain.values import Json
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed
from archon.tools.write_files import write_files
from tests.builders.scopes import opened


async def context_with(folder: Path, files: Mapping[str, str] | None = None) -> ToolContext:
    """Tools in a new workspace that holds `files`."""
    workspace = folder / "workspace"
    workspace.mkdir()
    scope = await opened(folder=workspace)
    if files:
        await write_files(scope, files)
    sandbox = BubblewrapProvider(scratch=folder / "scratch", folders=LocalFolders())
    return ToolContext(scope=scope, sandbox=sandbox, timeout_s=10.0)


async def use(tool: AgentTool, context: ToolContext, **arguments: Json) -> str:
    """What a call gives the agent to read; a failure begins with `failed: `."""
    try:
        return await tool.perform(context, arguments)
    except ToolFailed as failure:
        return f"failed: {failure}"
