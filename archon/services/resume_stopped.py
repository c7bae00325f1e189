"""Goes on with the tasks that a server paused only because it was stopped."""

from __future__ import annotations

import logging

from archon.domain.errors import Conflict
from archon.domain.events import Submitted
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.advance_task import STOPPED
from archon.services.platform import Platform
from archon.services.resume_task import resume_task

log = logging.getLogger(__name__)

PAGE = 100


async def resume_stopped(platform: Platform) -> list[TaskId]:
    """Put them back into the queue, and return them.

    Left alone are tasks that paused for another reason, and those of `archon run`: there a person
    interrupted, and says when to go on.
    """
    resumed: list[TaskId] = []
    before: TaskId | None = None
    while rows := await platform.journal.rows(statuses=[Status.PAUSED], before=before, limit=PAGE):
        stopped = [row for row in rows if row.reason == STOPPED]
        resumed += [row.id for row in stopped if await _resume(platform, row)]
        before = rows[-1].id
    return resumed


async def _resume(platform: Platform, row: TaskRow) -> bool:
    first = (await platform.journal.events(row.id, limit=1))[0].body
    if not isinstance(first, Submitted) or first.spec.submitted_by != "api":
        return False
    try:
        await resume_task(platform, row.id, by="server")
    except Conflict as error:
        log.info("task %s is not resumed: %s", row.id, error)
        return False
    return True
