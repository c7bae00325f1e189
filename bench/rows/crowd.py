"""Many tasks at once in one process, beside the same tasks one after another."""

from __future__ import annotations

import json
from dataclasses import dataclass

from archon.testing.model_server import ModelServer
from bench.environment import environment
from bench.plan import Plan
from bench.processes import Ended, program, run
from bench.row import Row
from bench.script_replies import OBJECTIVE, one_round


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    ended: Ended
    statuses: dict[str, int]
    peak_mb: float

    @property
    def fault(self) -> str:
        """Those that did not complete, with their reasons."""
        bad = [f"{count} {status}" for status, count in self.statuses.items() if status != "completed"]
        return ", ".join(bad)


async def measure(plan: Plan) -> list[Row]:
    async with ModelServer(script=one_round()) as model:
        singles = await _run(plan, model.url, at_once=1)
        crowd = await _run(plan, model.url, at_once=plan.tasks)
    children = f"{crowd.ended.children_cpu_s:.1f} s of {singles.ended.children_cpu_s:.1f} one by one"
    return [
        Row(
            what=f"{plan.tasks} tasks at once in one process, CPU",
            unit="ms",
            ours=crowd.ended.cpu_s * 1000,
            beside="one by one",
            other=singles.ended.cpu_s * 1000,
            at_most=1.2,
            fault=crowd.fault or singles.fault,
            note=f"{crowd.statuses.get('completed', 0)} completed; their sandboxes took {children}",
        ),
        Row(
            what=f"peak memory of {plan.tasks} tasks at once",
            unit="MB",
            ours=crowd.peak_mb,
            at_most=400,
            note=f"one by one {singles.peak_mb:.0f} MB",
        ),
    ]


async def _run(plan: Plan, url: str, *, at_once: int) -> Crowd:
    folder = plan.fresh()
    limits = {"MAX_CONCURRENT_TASKS": str(at_once), "MAX_QUEUED_TASKS": "1000"}
    ended = await run(
        program("many_tasks", str(plan.tasks), OBJECTIVE),
        environment=environment(folder, model_url=url, **limits),
        cwd=folder,
    )
    told = json.loads(ended.stdout)
    return Crowd(ended=ended, statuses=told["statuses"], peak_mb=told["peak_mb"])
