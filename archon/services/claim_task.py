"""Takes the lease of a task that nobody works on."""

from __future__ import annotations

from archon.domain.errors import Conflict
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.platform import Platform


async def claim_task(platform: Platform, task_id: TaskId, *, is_ours_free: bool = False) -> int:
    """The new epoch of a queued task, or of a running one whose process is gone.

    With `is_ours_free` a running task of this very process can be taken too: the caller knows that
    nothing works on it any more.

    Raises: Conflict when the task is somebody else's, waits for a person, is paused or has ended;
    NotFound.
    """
    row = await platform.journal.row(task_id)
    if not await may_claim(platform, row, is_ours_free=is_ours_free):
        raise Conflict(
            f"The task {task_id} cannot be taken: it is {row.status}.", hint=_HINTS.get(row.status, "")
        )
    return await platform.journal.claim(task_id, platform.owners.id, from_epoch=row.lease_epoch)


async def may_claim(platform: Platform, row: TaskRow, *, is_ours_free: bool = False) -> bool:
    """Whether a runner may take the task now; `is_ours_free` as in `claim_task`."""
    if row.status is Status.QUEUED:
        return True
    if row.status is not Status.RUNNING or row.lease_owner is None:
        return False
    if row.lease_owner == platform.owners.id:
        return is_ours_free
    return await platform.owners.is_gone(row.lease_owner)


_HINTS = {
    Status.RUNNING: "Another process works on it; `archon logs -f` follows it.",
    Status.WAITING: "`archon tasks ID` shows its question, and how to answer it.",
    Status.PAUSED: "Go on with `archon resume ID`.",
}
