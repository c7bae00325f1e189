"""A task is seen as it stands: by its lease where its journal cannot know."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.memory.owners import MemoryOwners
from archon.domain.errors import Conflict, NotFound
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import OwnerId, TaskId
from archon.services.claim_task import claim_task
from archon.services.look_at_tasks import RUNNER_DIED, find_task, look_at_task, look_at_tasks
from archon.services.platform import Platform
from archon.services.read_task import read_task
from tests.builders.platform import another_process, build_platform, scripted, submit


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return build_platform(tmp_path, scripted())


async def orphan(platform: Platform) -> TaskId:
    """A task of a process that ended without a goodbye."""
    task_id = await submit(platform)
    await claim_task(another_process(platform), task_id)
    return task_id


async def test_a_living_runners_task_is_running(platform: Platform) -> None:
    task_id = await submit(platform)
    await platform.owners.enter()
    await claim_task(platform, task_id)
    assert isinstance(platform.owners, MemoryOwners)
    beside = replace(platform, owners=platform.owners.another())
    assert (await look_at_task(beside, task_id)).status is Status.RUNNING
    assert (await look_at_task(platform, task_id)).status is Status.RUNNING


async def test_a_dead_runners_task_is_paused_and_says_why(platform: Platform) -> None:
    view = await read_task(platform, await orphan(platform))
    assert (view.status, view.reason) == (Status.PAUSED, RUNNER_DIED)
    assert "died" in view.message and f"archon resume {view.id}" in view.advice


async def test_what_a_runner_wrote_before_it_left_counts(platform: Platform) -> None:
    task_id = await orphan(platform)
    stale = await platform.journal.row(task_id)

    class Late(MemoryOwners):
        async def is_gone(self, owner: OwnerId) -> bool:
            await claim_task(platform, task_id)  # somebody takes it while it is looked at
            return True

    looking = replace(platform, owners=Late(platform.clock))
    seen: TaskRow = await look_at_task(looking, task_id)
    assert seen.last_seq > stale.last_seq
    assert seen.reason == ""


async def test_lists_by_status_go_by_what_is_seen(platform: Platform) -> None:
    queued, dead = await submit(platform), await orphan(platform)
    assert [row.id for row in await look_at_tasks(platform, limit=9)] == [dead, queued]
    assert [row.id for row in await look_at_tasks(platform, statuses=[Status.PAUSED], limit=9)] == [dead]
    assert await look_at_tasks(platform, statuses=[Status.RUNNING], limit=9) == []
    assert [row.id for row in await look_at_tasks(platform, before=dead, limit=1)] == [queued]


async def test_a_list_has_no_more_than_was_asked_for(platform: Platform) -> None:
    ids = [await submit(platform) for _ in range(3)]
    assert [row.id for row in await look_at_tasks(platform, limit=2)] == ids[:0:-1]


async def test_the_beginning_of_one_id_finds_it(platform: Platform) -> None:
    task_id = await submit(platform)
    assert await find_task(platform, task_id) == task_id
    assert await find_task(platform, task_id[:20].lower()) == task_id


async def test_a_beginning_of_several_is_refused_with_them(platform: Platform) -> None:
    ids = [await submit(platform) for _ in range(7)]
    with pytest.raises(Conflict) as refused:
        await find_task(platform, ids[0][:3])
    assert all(task_id in refused.value.message for task_id in ids[2:])
    assert "and more" in refused.value.message


@pytest.mark.parametrize("given", ["", " ", "~", "NOWHERE", "%", "素"])
async def test_what_begins_no_id_is_not_found(platform: Platform, given: str) -> None:
    await submit(platform)
    with pytest.raises(NotFound, match="no task"):
        await find_task(platform, given)
