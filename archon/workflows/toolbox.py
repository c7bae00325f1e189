"""What a workflow is handed to work with."""

from __future__ import annotations

from dataclasses import dataclass

from archon.engine.models.calls import Models
from archon.ports.folder import FolderSource
from archon.ports.sandbox import SandboxProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolbox:
    models: Models
    sandbox: SandboxProvider
    folders: FolderSource
