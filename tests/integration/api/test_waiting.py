"""A task at its budget's ceiling: it waits, says so, and goes on when it is allowed more."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from archon.adapters.model.scripted import Reply, ScriptedModel
from archon.services.platform import Platform
from tests.integration.api.server_world import (
    CHECKS,
    CODE,
    DEAR,
    PLAN,
    build_platform,
    ended,
    follow,
    served,
    submit,
)


async def test_a_task_waits_at_its_budget_and_goes_on_with_more(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, ScriptedModel([PLAN, CODE]), price=DEAR)
    async with served(platform) as client:
        task_id = await submit(client, budget_usd=0.001)
        await ended(platform, task_id, "waiting_for_input")
        waiting = (await client.get(f"/tasks/{task_id}")).json()
        silent = await client.post(f"/tasks/{task_id}/resume")
        mean = await client.post(f"/tasks/{task_id}/resume", json={"max_budget_usd": 0.0005})
        resumed = await client.post(f"/tasks/{task_id}/resume", json={"max_budget_usd": 0.5})
        await ended(platform, task_id)
        task = (await client.get(f"/tasks/{task_id}")).json()

    assert waiting["needs_human_input"] is True
    assert "USD" in waiting["human_input_prompt"]
    assert (silent.status_code, silent.json()["code"]) == (409, "conflict")
    assert (mean.status_code, mean.json()["code"]) == (422, "invalid_input")
    assert (resumed.status_code, resumed.json()["status"]) == (202, "queued")
    assert (task["status"], task["needs_human_input"], task["human_input_prompt"]) == (
        "completed",
        False,
        None,
    )
    assert 0 < task["total_cost_usd"] <= 0.5 == task["budget_usd"]
    assert task["total_cost_usd"] == round(sum(s["cost_usd"] for s in task["agent_stats"].values()), 6)


async def test_a_task_that_asks_for_nothing_takes_no_money(platform: Platform) -> None:
    async with served(platform) as client:
        task_id = await submit(client)
        await ended(platform, task_id)
        answer = await client.post(f"/tasks/{task_id}/resume", json={"max_budget_usd": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_a_waiting_task_can_be_cancelled(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, ScriptedModel([]), price=DEAR)
    async with served(platform) as client:
        task_id = await submit(client, budget_usd=0)
        await ended(platform, task_id, "waiting_for_input")
        answer = await client.delete(f"/tasks/{task_id}")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")


async def test_a_question_is_shown_with_its_number_and_takes_one_answer(tmp_path: Path) -> None:
    list_files: Reply = {"tool_calls": [{"name": "list", "arguments": {}}]}
    write: Reply = {
        "tool_calls": [
            {"name": "write", "arguments": {"path": "main.py", "content": "print(sum(range(1, 11)))"}},
            {"name": "finish", "arguments": {"summary": "Done."}},
        ]
    }
    platform = build_platform(tmp_path, ScriptedModel([PLAN, CHECKS, *[list_files] * 6, write]))
    async with served(platform) as client:
        task_id = await submit(client, use_sandbox=True, agent_loop="always")
        await ended(platform, task_id, "waiting_for_input")
        task = (await client.get(f"/tasks/{task_id}")).json()
        status = (await client.get(f"/status/{task_id}")).json()
        number = task["question_id"]
        async with aclosing(follow(client, task_id)) as stream:
            waiting = await anext(frame async for frame in stream if frame.event == "waiting")
        reply = f"/tasks/{task_id}/reply"
        unnamed = await client.post(reply, json={"reply": "Write it."})
        other = await client.post(reply, json={"reply": "Write it.", "question": number - 1})
        taken = await client.post(reply, json={"reply": "Write it.", "question": number})
        late = await client.post(reply, json={"reply": "No, do not.", "question": number})
        await ended(platform, task_id)
        after = (await client.get(f"/tasks/{task_id}")).json()

    assert (status["question_id"], status["question"]) == (number, task["human_input_prompt"])
    assert task["question_options"] == ["say what it should do"]
    assert f"archon reply {task_id} --question {number}" in task["hint"]
    assert (waiting.event, waiting.data["body"]["question"]["id"]) == ("waiting", number)
    assert unnamed.status_code == 422
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert taken.status_code == 202
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert "answered already, by api" in late.json()["detail"]
    assert (after["status"], after["question_id"]) == ("completed", None)
