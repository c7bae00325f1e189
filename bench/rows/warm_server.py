"""What a server that is up does between a `POST /run` and the first request to a model."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Sequence

import httpx

from archon.testing.model_script import Script, ServedReply
from archon.testing.model_server import HOST, ModelServer
from bench.environment import environment
from bench.plan import Plan, interleaved
from bench.processes import Process
from bench.row import Row, middle_ms
from bench.script_replies import OBJECTIVE

REFUSES = ServedReply(status=400, body='{"error": {"message": "no"}}', repeats=True)
"""Ends a task at its first request."""
WARM_UPS = 3
CONNECT_RETRIES = 10


class Served:
    """A server process and a client of it."""

    def __init__(self, plan: Plan, model: ModelServer, argv: Sequence[str]) -> None:
        folder = plan.fresh()
        port = _free_port()
        many = {"MAX_QUEUED_TASKS": "1000"}
        self._process = Process(
            [sys.executable, "-m", *argv, "--port", str(port)],
            environment=environment(folder, model_url=model.url, **many),
            cwd=folder,
        )
        self._model = model
        transport = httpx.AsyncHTTPTransport(retries=CONNECT_RETRIES)
        self._client = httpx.AsyncClient(base_url=f"http://{HOST}:{port}", transport=transport, timeout=60)

    async def cpu_s(self) -> float:
        """CPU of the server from a POST to its first model request."""
        self._model.came.clear()
        before = self._process.cpu_s()
        posting = asyncio.create_task(self._client.post("/run", json={"objective": OBJECTIVE}))
        await self._model.came.wait()
        spent = self._process.cpu_s() - before
        accepted = (await posting).raise_for_status().json()
        if "task_id" in accepted:
            await self._client.get(f"/tasks/{accepted['task_id']}/events")  # ends when the task has ended
        return spent

    async def close(self) -> None:
        await self._client.aclose()
        await self._process.kill()


async def measure(plan: Plan) -> list[Row]:
    async with ModelServer(script=Script([REFUSES])) as model:
        archon = Served(plan, model, ["archon", "serve"])
        bare = Served(plan, model, ["uvicorn", "bench.programs.bare_server:app", "--log-level", "warning"])
        try:
            for _ in range(WARM_UPS):
                await archon.cpu_s()
                await bare.cpu_s()
            ours, others = await interleaved(4 * plan.repeats + 1, archon.cpu_s, bare.cpu_s)
        finally:
            await archon.close()
            await bare.close()
    return [
        Row(
            what="POST /run on a warm server to the first model request, CPU",
            unit="ms",
            ours=middle_ms(ours),
            at_most=30,
            note=f"a bare FastAPI server that passes the objective on takes {middle_ms(others):.1f} ms",
        )
    ]


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
