"""A server that stops pauses its tasks, and the next one goes on with them."""

from __future__ import annotations

from pathlib import Path

from archon.adapters.model.scripted import ScriptedModel
from archon.domain.errors import ModelUnreachable
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.submit_task import Submission, submit_task
from tests.integration.api.server_world import (
    CODE,
    PLAN,
    GatedModel,
    build_platform,
    ended,
    restarted,
    served,
    submit,
)


async def test_a_task_survives_a_restart_of_its_server(tmp_path: Path) -> None:
    model = GatedModel(ScriptedModel([PLAN, CODE]))
    platform = build_platform(tmp_path, model)
    async with served(platform) as client:
        task_id = await submit(client)
        await model.asked.wait()
    row = await platform.journal.row(TaskId(task_id))
    assert (row.status, row.reason) == (Status.PAUSED, "stopped")

    model.gate.set()
    async with served(restarted(platform)):
        await ended(platform, task_id)
    assert (await platform.journal.row(TaskId(task_id))).status is Status.COMPLETED


async def test_a_queued_task_is_taken_up_by_the_next_server(tmp_path: Path) -> None:
    model = GatedModel(ScriptedModel([PLAN, CODE] * 2))
    platform = build_platform(tmp_path, model, max_concurrent_tasks=1)
    async with served(platform) as client:
        await submit(client)
        await model.asked.wait()
        queued = await submit(client)
    assert (await platform.journal.row(TaskId(queued))).status is Status.QUEUED

    model.gate.set()
    async with served(restarted(platform)):
        await ended(platform, queued)


async def test_a_task_that_paused_for_another_reason_stays_paused(tmp_path: Path) -> None:
    platform = build_platform(
        tmp_path, ScriptedModel([ModelUnreachable("No answer.", hint="Look."), PLAN, CODE])
    )
    async with served(platform) as client:
        task_id = await submit(client)
        await ended(platform, task_id, "paused")

    async with served(restarted(platform)) as client:
        paused = (await client.get(f"/tasks/{task_id}")).json()
        answer = await client.post(f"/tasks/{task_id}/resume", json={})
        await ended(platform, task_id)

    assert (paused["status"], paused["reason"]) == ("paused", "model_unreachable")
    assert (paused["message"], paused["hint"]) == ("No answer.", "Look.")
    assert answer.status_code == 202


async def test_what_a_person_interrupted_elsewhere_is_left_to_that_person(tmp_path: Path) -> None:
    model = GatedModel(ScriptedModel([]))
    platform = build_platform(tmp_path, model)
    wanted = Submission(objective="Add", use_sandbox=False, submitted_by="cli")
    async with served(platform):
        row = await submit_task(platform, wanted, roots=None)
        await model.asked.wait()
    async with served(restarted(platform)) as client:
        await client.get("/readyz")
        assert (await platform.journal.row(row.id)).status is Status.PAUSED
