"""Several processes on one data directory, killed, stopped and let go on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from archon.testing.model_script import Script, ServedReply
from archon.testing.model_server import ModelServer
from tests.e2e.conversations import CHECKS, GOOD, PLAN

OBJECTIVE = "Add the numbers from 1 to 10, print the sum and write it to sum.txt"
PLANS = ServedReply(text=PLAN, contains="You plan small Python", repeats=True)
CHECKING = ServedReply(text=CHECKS, contains="You write acceptance checks", repeats=True)
WRITES = ServedReply(text=GOOD, contains="You write small Python", repeats=True)
HANGS = ServedReply(hang_after_bytes=-1, contains="You write small Python")


@dataclass
class World:
    """One data directory, and the model that everybody in it talks to."""

    root: Path
    model: ModelServer
    lease_s: float = 30.0

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "ARCHON_DATA_DIR": str(self.root / "data"),
            "LOCAL_OUTPUT_DIR": str(self.root / "output"),
            "OLLAMA_HOST": "http://127.0.0.1:9",
            "OPENAI_API_KEY": "test-key",
            "OPENAI_BASE_URL": f"{self.model.url}/v1",
            "ARCHON_LEASE_SECONDS": str(self.lease_s),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    async def start(self, *arguments: str) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "archon", *arguments),
            cwd=self.root,
            env=self.environment(),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )

    async def archon(self, *arguments: str) -> tuple[int, str, str]:
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, out.decode(), err.decode()

    async def only_task(self) -> str:
        _, out, _ = await self.archon("tasks", "--json")
        (task,) = json.loads(out)
        return str(task["task_id"])

    async def until_drafting(self) -> None:
        """Return when the coder has been asked."""
        while not any("You write small Python" in each.body for each in self.model.received):
            self.model.came.clear()
            await asyncio.wait_for(self.model.came.wait(), 60)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with ModelServer(Script([PLANS, CHECKING, HANGS, WRITES])) as model:
        yield World(tmp_path, model)


@asynccontextmanager
async def server(world: World) -> AsyncIterator[httpx.AsyncClient]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await world.start("serve", "--port", str(port))
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            assert process.stderr is not None
            async for line in process.stderr:
                if b"serving on" in line:
                    break
            drain = asyncio.create_task(process.stderr.read())
            yield client
            drain.cancel()
    finally:
        process.terminate()
        await process.wait()


async def test_a_killed_run_is_resumed_at_once(world: World) -> None:
    run = await world.start("run", OBJECTIVE)
    await world.until_drafting()
    run.kill()
    await run.wait()
    code, out, err = await world.archon("resume", await world.only_task())
    assert code == 0, err
    assert "Another process" not in err, "the dead process's lease is known to be free"
    assert sorted(Path(line).name for line in out.splitlines()) == ["main.py", "sum.txt"]
    asked = [each.body for each in world.model.received]
    assert len(asked) == 4 and len(set(asked)) == 3, "only the call in flight is made again"


async def test_interrupting_pauses_and_resuming_goes_on(world: World) -> None:
    run = await world.start("run", OBJECTIVE)
    await world.until_drafting()
    run.send_signal(signal.SIGINT)
    _, err = await run.communicate()
    assert run.returncode == 130
    task_id = await world.only_task()
    assert f"archon resume {task_id}" in err.decode()
    code, _, err_text = await world.archon("resume", task_id)
    assert code == 0, err_text


async def test_a_stopped_runner_is_taken_over_and_starts_nothing_new(world: World) -> None:
    world.lease_s = 1.0
    run = await world.start("run", OBJECTIVE)
    await world.until_drafting()
    run.send_signal(signal.SIGSTOP)
    code, _, err = await world.archon("resume", await world.only_task())
    assert code == 0, err
    assert "Another process" in err
    asked = len(world.model.received)
    _, events, _ = await world.archon("logs", "--json", await world.only_task())
    run.send_signal(signal.SIGCONT)
    await asyncio.wait_for(run.communicate(), 60)
    assert len(world.model.received) == asked
    _, later, _ = await world.archon("logs", "--json", await world.only_task())
    assert later == events, "a runner without its lease writes nothing"


async def test_a_server_adopts_the_task_of_a_killed_command(world: World) -> None:
    run = await world.start("run", OBJECTIVE)
    await world.until_drafting()
    async with server(world) as client:
        run.kill()
        await run.wait()
        task_id = (await client.get("/tasks")).json()[0]["task_id"]
        async with client.stream("GET", f"/tasks/{task_id}/events") as stream:
            text = "".join([line async for line in stream.aiter_lines()])
        assert "finished" in text
        assert (await client.get(f"/status/{task_id}")).json()["status"] == "completed"


async def test_two_commands_and_a_server_share_a_data_directory(world: World) -> None:
    world.model.play(PLANS, CHECKING, WRITES)
    async with server(world) as client:
        submitted = await asyncio.gather(
            *(client.post("/run", json={"objective": OBJECTIVE}) for _ in range(3))
        )
        commands = asyncio.gather(world.archon("run", OBJECTIVE), world.archon("run", OBJECTIVE))
        for answer in submitted:
            async with client.stream("GET", f"/tasks/{answer.json()['task_id']}/events") as stream:
                async for _ in stream.aiter_lines():
                    continue
        assert [code for code, _, _ in await commands] == [0, 0]
        listed = (await client.get("/tasks")).json()
        assert [task["status"] for task in listed] == ["completed"] * 5
