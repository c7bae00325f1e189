"""A server on a free port of loopback, over a platform in memory with a model that plays a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from archon.adapters.clock.system import SystemClock
from archon.adapters.folder.local import LocalFolders
from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.memory.measurements import MemoryMeasurements
from archon.adapters.memory.owners import MemoryOwners
from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.directory import ModelDirectory
from archon.adapters.model.route import Providers
from archon.adapters.model.scripted import ScriptedModel
from archon.adapters.sandbox.bubblewrap import BubblewrapProvider
from archon.api.app import create_app
from archon.api.config import ApiConfig
from archon.api.server import listen, serve
from archon.domain.conversation import Delta, ModelRequest
from archon.domain.profile import ModelProfile
from archon.domain.task import FREE, ModelChoice, Price
from archon.domain.values import TaskId
from archon.engine.models.retrying import RetryPolicy
from archon.ports.catalog import Offer
from archon.ports.model import Model
from archon.services.platform import Limits, Platform, RoleModels

PLAN = "1. Add the numbers from 1 to 10.\n2. Print the sum."
CODE = "```python main.py\nprint(sum(range(1, 11)))\n```"
WRONG = "```python main.py\nprint(sum(range(1, 10)))\n```"
CHECKS = '''```python checks.py
def check_prints_the_sum(result):
    """The sum of 1 to 10 is printed."""
    assert result.stdout.strip() == "55", f"printed {result.stdout.strip()!r}, expected '55'"
```'''

DEAR = Price(input=3_000_000, output=15_000_000, cache_read=300_000, cache_write=3_750_000)


@dataclass
class Catalog:
    """One model, always there, at a price."""

    price: Price = FREE

    async def offer(self) -> Offer:
        return Offer(strong=("scripted",), ollama_models=None)

    def describe(self, name: str, *, why: str) -> ModelChoice:
        return ModelChoice(
            name=name, price=self.price, context_tokens=100_000, max_output_tokens=1_000, why=why
        )


@dataclass
class GatedModel:
    """Answers from a script, but only while the gate is open; `asked` says that somebody waits at it."""

    script: ScriptedModel
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def respond(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.asked.set()
        await self.gate.wait()
        async for delta in self.script.respond(request):
            yield delta


@dataclass(frozen=True)
class Models:
    """The same model under every name."""

    model: Model

    def open(self, name: str, profile: ModelProfile | None = None) -> Model:
        return self.model


def build_platform(folder: Path, model: Model, *, price: Price = FREE, **limits: Any) -> Platform:
    clock = SystemClock()
    folders = LocalFolders()
    (folder / "data").mkdir()
    return Platform(
        journal=MemoryJournal(clock),
        owners=MemoryOwners(clock),
        clock=clock,
        sandbox=BubblewrapProvider(scratch=folder / "data/scratch", folders=folders),
        folders=folders,
        models=Models(model),
        catalog=Catalog(price),
        directory=ModelDirectory(ModelCatalog(Providers(), clock)),
        measurements=MemoryMeasurements(),
        retry=RetryPolicy(max_retries=0, base_delay_s=0, max_delay_s=0),
        limits=Limits(**limits),
        roles=RoleModels(),
        data_directory=folder / "data",
        output_directory=folder / "output",
        output_roots=(folder / "output",),
    )


def restarted(platform: Platform) -> Platform:
    """The same platform as a new process sees it."""
    return replace(platform, owners=MemoryOwners(platform.clock))


@asynccontextmanager
async def served(platform: Platform, config: ApiConfig = ApiConfig()) -> AsyncIterator[httpx.AsyncClient]:  # noqa: B008
    """A client of a server over the platform, which is stopped at the end."""

    @asynccontextmanager
    async def open_platform() -> AsyncIterator[Platform]:
        await platform.owners.enter()
        yield platform
        await platform.owners.leave()

    stop = asyncio.Event()
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    serving = asyncio.create_task(serve(create_app(open_platform, config=config), listening, stop=stop))
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        try:
            yield client
        finally:
            stop.set()
            await serving


async def ended(platform: Platform, task_id: str, *statuses: str) -> None:
    """Wait until the task has ended, or is in one of these states."""
    while True:
        row = await platform.journal.row(TaskId(task_id))
        if row.status.is_final if not statuses else row.status in statuses:
            return
        assert await platform.journal.wait(row.id, after=row.last_seq, timeout_s=30), row


@dataclass(frozen=True)
class Frame:
    event: str
    data: Any
    id: int | None


async def follow(
    client: httpx.AsyncClient, task_id: str, *, last: int | None = None
) -> AsyncGenerator[Frame, None]:
    """The frames of a task's stream as they come."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with client.stream("GET", f"/tasks/{task_id}/events", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        fields: dict[str, str] = {}
        async for line in response.aiter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                number = int(fields["id"]) if "id" in fields else None
                yield Frame(fields["event"], json.loads(fields["data"]), number)
                fields = {}


async def frames(
    client: httpx.AsyncClient, task_id: str, *, last: int | None = None, most: int | None = None
) -> list[Frame]:
    """The frames of a task's stream, to its end or the first `most`."""
    async with aclosing(follow(client, task_id, last=last)) as stream:
        return await take(stream, most)


async def take(stream: AsyncIterator[Frame], most: int | None) -> list[Frame]:
    """The next frames of a stream, `most` at most."""
    taken: list[Frame] = []
    async for frame in stream:
        taken.append(frame)
        if len(taken) == most:
            break
    return taken


async def submit(client: httpx.AsyncClient, text: str = "Add the numbers from 1 to 10", **fields: Any) -> str:
    """The id of a new task that executes nothing."""
    request = {"task_description": text, "use_sandbox": False} | fields
    answer = await client.post("/tasks", json=request)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])
