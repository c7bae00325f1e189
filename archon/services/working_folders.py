"""The folders in which a task's commands see its files, one for each lease."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from archon.domain.errors import ArchonError
from archon.domain.values import TaskId
from archon.ports.folder import FolderSource
from archon.services.platform import Platform

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkingFolders:
    """`workspaces/ID/EPOCH` below the data directory.

    A runner that was stopped loses its lease, but its sandbox's processes go on: what they write must
    not reach the runner that has the task now. All that counts is in the journal, so a folder goes
    with its lease. That of a lease which was lost goes when its runner sees that, or with the task.
    """

    source: FolderSource
    root: Path
    """`workspaces`, where every task has a folder."""
    task_id: TaskId

    def of(self, epoch: int) -> Path:
        """The folder of one lease, which may not be there yet."""
        return self.root / self.task_id / str(epoch)

    async def remove(self, epoch: int) -> None:
        """Remove the folder of a lease whose commands have ended."""
        await self._remove(f"{self.task_id}/{epoch}")

    async def remove_all(self) -> None:
        """Remove the folders of a task that has ended."""
        await self._remove(self.task_id)

    async def _remove(self, path: str) -> None:
        if not self.root.exists():
            return
        try:
            await asyncio.to_thread(self.source.open(self.root).remove, path)
        except (ArchonError, OSError) as error:
            log.info("the working folder %s stays: %s", path, error)


def working_folders(platform: Platform, task_id: TaskId) -> WorkingFolders:
    return WorkingFolders(platform.folders, platform.data_directory / "workspaces", task_id)
