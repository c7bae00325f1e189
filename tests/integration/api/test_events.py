"""A task's events as a stream: to the end, after a reconnect, and when the past is rewritten."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

from archon.adapters.memory.owners import MemoryOwners
from archon.adapters.model.scripted import ScriptedModel
from archon.api.config import ApiConfig
from archon.api.server import GRACE_S
from archon.domain.events import Completed, Diverged, Draft, Started
from archon.domain.task import TaskSpec
from archon.domain.values import TaskId
from archon.services.platform import Platform
from tests.integration.api.server_world import (
    CODE,
    PLAN,
    GatedModel,
    build_platform,
    ended,
    follow,
    frames,
    served,
    submit,
    take,
)

TASK = TaskId("T1")


async def held_task(platform: Platform, *drafts: Draft) -> None:
    """A task that another process has, with these events after its first two."""
    spec = TaskSpec(
        objective="Add", workflow="script", models={}, max_rounds=1, run_timeout_s=1, budget_microusd=1,
        output_directory="/",
    )  # fmt: skip
    assert isinstance(platform.owners, MemoryOwners)
    neighbour = platform.owners.another()
    await neighbour.enter()
    await platform.journal.create(TASK, spec, {}, owner=neighbour.id)
    await platform.journal.append(TASK, drafts, epoch=1)


def step(key: str) -> list[Draft]:
    started = Started(effect="step", request={"name": f"step {key}"})
    completed = Completed(effect="step", result=key)
    return [Draft(body=body, key=key) for body in (started, completed)]


async def test_a_stream_tells_everything_and_ends_with_the_task(platform: Platform) -> None:
    async with served(platform) as client:
        task_id = await submit(client)
        story = await frames(client, task_id)

    events = await platform.journal.events(TaskId(task_id))
    assert [frame.id for frame in story] == [event.seq for event in events]
    assert [frame.event for frame in story] == [event.body.kind for event in events]
    assert story[-1].data["body"]["status"] == "completed"


async def test_events_are_told_as_they_happen(tmp_path: Path) -> None:
    model = GatedModel(ScriptedModel([PLAN, CODE]))
    platform = build_platform(tmp_path, model)
    async with served(platform) as client:
        task_id = await submit(client)
        await model.asked.wait()
        so_far = (await platform.journal.row(TaskId(task_id))).last_seq
        following = asyncio.create_task(frames(client, task_id, last=so_far))
        model.gate.set()
        story = await following

    assert story[0].id == so_far + 1
    assert story[-1].event == "finished"


async def test_a_reconnect_loses_nothing_and_repeats_nothing(platform: Platform) -> None:
    async with served(platform) as client:
        task_id = await submit(client)
        before = await frames(client, task_id, most=3)
        after = await frames(client, task_id, last=before[-1].id)

    seqs = [event.seq for event in await platform.journal.events(TaskId(task_id))]
    assert [frame.id for frame in before + after] == seqs


async def test_who_has_seen_the_end_is_told_not_to_come_back(platform: Platform) -> None:
    async with served(platform) as client:
        task_id = await submit(client)
        last = (await frames(client, task_id))[-1].id
        answer = await client.get(f"/tasks/{task_id}/events", headers={"Last-Event-ID": str(last)})

    assert (answer.status_code, answer.content) == (204, b"")


async def test_what_a_divergence_voids_is_retracted(platform: Platform) -> None:
    await held_task(platform, *step("1"), *step("2"))
    async with served(platform) as client, aclosing(follow(client, TASK)) as stream:
        before = await take(stream, 6)
        await platform.journal.append(TASK, [Draft(body=Diverged(), key="2"), *step("2")], epoch=1)
        after = await take(stream, 3)

    assert [frame.id for frame in before] == [1, 2, 3, 4, 5, 6]
    assert [(frame.event, frame.id) for frame in after] == [
        ("retract", None),
        ("started", 8),
        ("completed", 9),
    ]
    assert after[0].data == {"seqs": [5, 6]}


async def test_a_reconnect_retracts_what_was_voided_in_the_meantime(platform: Platform) -> None:
    await held_task(platform, *step("1"), *step("2"), Draft(body=Diverged(), key="2"), *step("2"))
    async with served(platform) as client:
        story = await frames(client, TASK, last=6, most=3)
        fresh = await frames(client, TASK, most=6)

    assert [(frame.event, frame.id) for frame in story] == [
        ("retract", None),
        ("started", 8),
        ("completed", 9),
    ]
    assert story[0].data == {"seqs": [5, 6]}
    assert [frame.id for frame in fresh] == [1, 2, 3, 4, 8, 9]


async def test_an_effect_that_is_started_again_takes_its_first_start_back(platform: Platform) -> None:
    await held_task(platform, step("1")[0])
    async with served(platform) as client, aclosing(follow(client, TASK)) as stream:
        await take(stream, 3)
        await platform.journal.append(TASK, step("1")[:1], epoch=1)
        after = await take(stream, 2)

    assert [(frame.event, frame.id) for frame in after] == [("retract", None), ("started", 4)]
    assert after[0].data == {"seqs": [3]}


async def test_silence_is_filled_with_comments(platform: Platform) -> None:
    await held_task(platform)
    seen_all = {"Last-Event-ID": "2"}
    async with (
        served(platform, ApiConfig(heartbeat_s=0.05)) as client,
        client.stream("GET", f"/tasks/{TASK}/events", headers=seen_all) as response,
    ):
        assert (await anext(response.aiter_lines())).startswith(":")


async def test_a_client_that_does_not_read_holds_nobody_up(platform: Platform) -> None:
    large = [Draft(body=Completed(effect="step", result="x" * 1_000_000), key=str(n)) for n in range(20)]
    await held_task(platform, *large)
    async with served(platform) as client, client.stream("GET", f"/tasks/{TASK}/events"):
        story = await frames(client, TASK, most=22)
        task_id = await submit(client)
        await ended(platform, task_id)

    assert [frame.id for frame in story] == list(range(1, 23))


async def test_an_open_stream_does_not_keep_the_server_from_stopping(platform: Platform) -> None:
    await held_task(platform)
    async with asyncio.timeout(GRACE_S), served(platform) as client:
        request = client.build_request("GET", f"/tasks/{TASK}/events")
        response = await client.send(request, stream=True)
        lines = response.aiter_lines()  # kept, for the connection closes with it
        assert await anext(lines) == "id: 1"


async def test_an_id_from_the_future_or_no_number_at_all_is_refused(platform: Platform) -> None:
    await held_task(platform)
    async with served(platform) as client:
        answers = [
            await client.get(f"/tasks/{TASK}/events", headers={"Last-Event-ID": last})
            for last in ("99", "-1", "x", "9" * 30)
        ]
        unknown = await client.get("/tasks/T2/events")

    assert [answer.status_code for answer in answers] == [422] * 4
    assert unknown.status_code == 404
