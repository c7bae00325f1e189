"""A task's life over HTTP: submitted, followed, read, listed, cancelled."""

from __future__ import annotations

from pathlib import Path

from archon.adapters.model.scripted import ScriptedModel
from archon.services.platform import Platform
from tests.integration.api.server_world import (
    CHECKS,
    CODE,
    PLAN,
    WRONG,
    GatedModel,
    build_platform,
    ended,
    frames,
    served,
    submit,
)

OBJECTIVE = "Add the numbers from 1 to 10 and print the sum."


async def test_an_objective_becomes_a_working_script(tmp_path: Path) -> None:
    model = ScriptedModel([PLAN, CHECKS, WRONG, f"The range stops too early.\n\n{CODE}"])
    platform = build_platform(tmp_path, model)
    async with served(platform) as client:
        answer = await client.post("/run", json={"objective": OBJECTIVE})
        assert answer.status_code == 202
        assert answer.json()["status"] == "queued"
        task_id = answer.json()["task_id"]
        assert answer.headers["Location"] == f"/status/{task_id}"
        story = await frames(client, task_id)
        status = (await client.get(f"/status/{task_id}")).json()

    assert story[-1].event == "finished"
    assert (status["status"], status["error"], status["round"], status["max_rounds"]) == (
        "completed",
        None,
        2,
        3,
    )
    assert (status["stdout"], status["exit_code"], status["files"]) == ("55\n", 0, ["main.py"])
    assert status["code"] == {"main.py": "print(sum(range(1, 11)))\n"}
    first, second = status["rounds"]
    assert (first["passed"], first["output"], first["checks"][0]["passed"]) == (False, "45\n", False)
    assert "expected '55'" in first["error"]
    assert second["passed"] and "+print(sum(range(1, 11)))" in second["diff"]
    assert status["isolation"]["isolated"] is True
    assert (Path(status["output_path"]) / "main.py").read_text() == status["code"]["main.py"]


async def test_a_task_that_may_not_execute_is_written_and_says_so(platform: Platform) -> None:
    async with served(platform) as client:
        task_id = await submit(client)
        await ended(platform, task_id)
        task = (await client.get(f"/tasks/{task_id}")).json()

    assert task["status"] == "completed"
    assert task["artifacts"] == {"main.py": "print(sum(range(1, 11)))\n"}
    assert task["pipeline"] == ["planner", "coder", "executor"]
    assert task["agent_stats"]["coder"]["status"] == "completed"
    assert task["agent_stats"]["coder"]["files"] == ["main.py"]
    assert task["agent_timeline"][0].keys() == {"ts", "agent", "event", "summary"}
    assert task["message"] == "Nothing was executed, as asked."
    assert task["warnings"] == ["Nothing was executed: the task was submitted with use_sandbox false."]
    assert task["isolation"] is None
    assert (task["needs_human_input"], task["current_agent"], task["pr_url"]) == (False, None, None)


async def test_tasks_are_listed_newest_first_and_page_by_page(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, ScriptedModel([PLAN, CODE] * 3))
    async with served(platform) as client:
        ids = [await submit(client, f"Task {number}") for number in range(3)]
        page = await client.get("/tasks", params={"limit": 2})
        following = await client.get(page.links["next"]["url"])

    assert [task["task_id"] for task in page.json()] == [ids[2], ids[1]]
    assert [task["task_description"] for task in following.json()] == ["Task 0"]
    assert "next" not in following.links


async def test_tasks_are_listed_by_status(platform: Platform) -> None:
    async with served(platform) as client:
        task_id = await submit(client)
        await ended(platform, task_id)
        completed = (await client.get("/tasks", params={"status": "completed"})).json()
        others = (await client.get("/tasks", params={"status": ["failed", "running"]})).json()

    assert [task["task_id"] for task in completed] == [task_id]
    assert others == []


async def test_a_running_task_is_cancelled(tmp_path: Path) -> None:
    model = GatedModel(ScriptedModel([]))
    platform = build_platform(tmp_path, model)
    async with served(platform) as client:
        task_id = await submit(client)
        await model.asked.wait()
        running = (await client.get(f"/tasks/{task_id}")).json()
        answer = await client.delete(f"/tasks/{task_id}")
        await ended(platform, task_id)
        task = (await client.get(f"/tasks/{task_id}")).json()
        again = await client.delete(f"/tasks/{task_id}")

    assert (running["status"], running["current_agent"]) == ("running", "planner")
    assert answer.status_code == 202
    assert task["status"] == "cancelled"
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_paths_mean_the_same_with_a_slash_at_their_end(platform: Platform) -> None:
    async with served(platform) as client:
        answer = await client.post("/tasks/", json={"task_description": "Add", "use_sandbox": False})
        task = await client.get(f"/tasks/{answer.json()['task_id']}/")

    assert (answer.status_code, task.status_code) == (202, 200)
