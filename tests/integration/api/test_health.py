"""What the server says about itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archon.domain.errors import SandboxUnavailable
from archon.domain.execution import Guarantees, SandboxSpec
from archon.ports.sandbox import Sandbox
from archon.services.platform import Platform
from tests.integration.api.server_world import served, submit


@dataclass
class Provider:
    """A provider that only says what it would keep apart."""

    found: Guarantees | SandboxUnavailable
    name: str = "none"
    probes: int = 0

    async def probe(self) -> Guarantees:
        self.probes += 1
        if isinstance(self.found, SandboxUnavailable):
            raise self.found
        return self.found

    async def create(self, spec: SandboxSpec) -> Sandbox:
        raise SandboxUnavailable("This provider starts nothing.")


BARE = Guarantees(
    provider="bare", isolated=False, filesystem="all", network="all", processes="all", user="ours",
    kernel="all of it", limits="time", warnings=("Code can do whatever this user can.",),
)  # fmt: skip
MISSING = SandboxUnavailable("bubblewrap is not installed.", hint="apt install bubblewrap")


async def test_a_healthy_server_says_what_it_has(platform: Platform) -> None:
    async with served(platform) as client:
        report = (await client.get("/health")).json()
    assert (report["status"], report["problems"], report["warnings"]) == (
        "ok",
        [],
        report["isolation"]["warnings"],
    )
    assert report["isolation"]["isolated"] is True
    assert report["config"]["models"] == {"planner": "scripted", "coder": "scripted", "fixer": "scripted"}
    assert report["config"]["max_concurrent_tasks"] == platform.limits.max_concurrent_tasks
    assert report["config"]["requires_api_key"] is False


async def test_a_missing_sandbox_shows_in_the_health_and_refuses_tasks(platform: Platform) -> None:
    async with served(replace(platform, sandbox=Provider(MISSING))) as client:
        report = (await client.get("/health")).json()
        refused = await client.post("/run", json={"objective": "Add"})
        await submit(client)
    assert report["status"] == "degraded"
    assert report["problems"] == [
        {"code": "sandbox_unavailable", "message": MISSING.message, "hint": MISSING.hint}
    ]
    assert (refused.status_code, refused.json()["code"]) == (503, "sandbox_unavailable")


async def test_code_that_runs_bare_is_told_in_health_and_task(platform: Platform) -> None:
    async with served(replace(platform, sandbox=Provider(BARE))) as client:
        report = (await client.get("/health")).json()
        task_id = (await client.post("/run", json={"objective": "Add"})).json()["task_id"]
        status = (await client.get(f"/status/{task_id}")).json()
        task = (await client.get(f"/tasks/{task_id}")).json()
    told = ["The code ran without a sandbox: ARCHON_UNSAFE_NO_SANDBOX is set.", *BARE.warnings]
    assert report["warnings"] == status["warnings"] == task["warnings"] == told
    assert (report["isolation"]["isolated"], status["isolation"]["isolated"]) == (False, False)


async def test_however_often_health_is_asked_the_sandbox_is_tried_once(platform: Platform) -> None:
    provider = Provider(BARE)
    async with served(replace(platform, sandbox=provider)) as client:
        for _ in range(5):
            await client.get("/health")
    assert provider.probes == 1


async def test_a_server_is_alive_and_ready(platform: Platform) -> None:
    async with served(platform) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).json() == {"status": "ok"}
