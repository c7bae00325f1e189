"""Tasks as people are to see them: one whose runner died is not said to be running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archon.domain.errors import Conflict, NotFound
from archon.domain.events import Problem, Submitted
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.platform import Platform

RUNNER_DIED = "runner_died"
"""Why a task stands still whose process ended without a word; nothing in its journal says so."""

PAGE = 200
MOST_CANDIDATES = 5


async def as_seen(platform: Platform, row: TaskRow) -> TaskRow:
    """The row; paused, with `RUNNER_DIED` as its reason, where its lease is a dead process's."""
    owner = row.lease_owner
    if row.status is not Status.RUNNING or owner is None or owner == platform.owners.id:
        return row
    if not await platform.owners.is_gone(owner):
        return row
    now = await platform.journal.row(row.id)
    if now.last_seq != row.last_seq:
        return now  # it came to its end, and left, after the row was read
    return replace(row, status=Status.PAUSED, reason=RUNNER_DIED)


def story_of_death(row: TaskRow) -> Problem | None:
    """What to tell about a row that `as_seen` found without its runner."""
    if row.reason != RUNNER_DIED:
        return None
    return Problem(
        code=RUNNER_DIED,
        message="Its runner died without a word: it was killed, or the machine went down.",
        hint=f"`archon resume {row.id}` goes on with it; a server takes it up by itself.",
    )


async def look_at_task(platform: Platform, task_id: TaskId) -> TaskRow:
    """Raises: NotFound."""
    return await as_seen(platform, await platform.journal.row(task_id))


async def look_at_tasks(
    platform: Platform,
    *,
    statuses: Sequence[Status] | None = None,
    before: TaskId | None = None,
    limit: int,
) -> list[TaskRow]:
    """The newest first, those older than `before`; `statuses` are those that are seen."""
    asked = statuses
    if statuses is not None and Status.PAUSED in statuses:
        asked = [*statuses, Status.RUNNING]
    found: list[TaskRow] = []
    while True:
        rows = await platform.journal.rows(statuses=asked, before=before, limit=max(limit, PAGE))
        for row in rows:
            seen = await as_seen(platform, row)
            if statuses is None or seen.status in statuses:
                found.append(seen)
            if len(found) == limit:
                return found
        if len(rows) < max(limit, PAGE):
            return found
        before = rows[-1].id


async def is_rehearsal(platform: Platform, task_id: TaskId) -> bool:
    """Whether its models' words come from a recording. Raises: NotFound."""
    first = (await platform.journal.events(task_id, limit=1))[0].body
    return isinstance(first, Submitted) and first.spec.mode == "rehearse"


async def find_task(platform: Platform, given: str) -> TaskId:
    """The id of the one task whose id begins so, in capitals or not.

    Raises: NotFound; Conflict where several do, with the newest of them.
    """
    start = given.strip().upper()
    rows = await platform.journal.rows(before=TaskId(start + "~"), limit=MOST_CANDIDATES + 1) if start else []
    ids = [row.id for row in rows if row.id.startswith(start)]
    if start in ids:
        return TaskId(start)
    if not ids:
        raise NotFound(f"There is no task {given}.", hint="`archon tasks` lists them.")
    if len(ids) > 1:
        more = " and more" if len(ids) > MOST_CANDIDATES else ""
        named = ", ".join(ids[:MOST_CANDIDATES])
        raise Conflict(
            f"Several tasks begin with {given}: {named}{more}.", hint="Write more of the one that is meant."
        )
    return ids[0]
