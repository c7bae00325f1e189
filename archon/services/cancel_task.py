"""Ends a task that nobody wants any more."""

from __future__ import annotations

from archon.domain.errors import Conflict
from archon.domain.events import CancelRequested, Draft, Finished
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.engine.models.account import at_worst
from archon.services.claim_task import may_claim
from archon.services.platform import Platform
from archon.services.working_folders import working_folders


async def cancel_task(platform: Platform, task_id: TaskId, *, by: str) -> TaskRow:
    """Ask for the task's end. Its runner stops what runs; where nobody runs it, it ends at once.

    Raises: Conflict when it has ended already; NotFound.
    """
    row = await platform.journal.row(task_id)
    if row.status.is_final:
        raise Conflict(
            f"The task {task_id} has ended: it is {row.status}.", hint="There is nothing left to cancel."
        )
    drafts = [Draft(body=CancelRequested(by=by))]
    is_unattended = row.status in {Status.WAITING, Status.PAUSED} or await may_claim(platform, row)
    if is_unattended:
        drafts += map(at_worst, await platform.journal.open_reservations(task_id))
        drafts.append(Draft(body=Finished(status="cancelled")))
    await platform.journal.append(
        task_id, drafts, epoch=0, expect_seq=row.last_seq if is_unattended else None
    )
    if is_unattended:
        await working_folders(platform, task_id).remove_all()
    return await platform.journal.row(task_id)
