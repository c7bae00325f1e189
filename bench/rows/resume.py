"""A task whose process is killed in the middle of a model call, and what it takes to go on."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archon.testing.model_server import ModelServer
from bench.environment import environment
from bench.plan import Plan
from bench.processes import Process
from bench.row import Row, middle_ms
from bench.script_replies import OBJECTIVE, silent_fixer

ANSWERED = 3
"""Plan, checks and draft; the call for the repair is the one in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    cold_s: float
    resumed_s: float
    lost: int
    """Answered calls that were made again."""


async def measure(plan: Plan) -> list[Row]:
    tries = [await _try(plan) for _ in range(plan.repeats)]
    lost = sum(each.lost for each in tries)
    return [
        Row(
            what="resume after SIGKILL to the next model request, CPU",
            unit="ms",
            ours=middle_ms([each.resumed_s for each in tries]),
            beside="a cold start to its first",
            other=middle_ms([each.cold_s for each in tries]),
            at_most=1.1,
            fault=f"{lost} results were lost" if lost else "",
            note=f"{ANSWERED * plan.repeats} answered calls, {lost} made again",
        )
    ]


async def _try(plan: Plan) -> Resumed:
    folder = await plan.lived_in()
    async with ModelServer(script=silent_fixer()) as model:
        start = partial(_archon, folder, model.url)
        first = start("run", OBJECTIVE)
        await _requests(model, 1)
        cold_s = first.cpu_s()
        await _requests(model, ANSWERED + 1)
        await first.kill()
        second = start("resume", _only_task(folder))
        await _requests(model, ANSWERED + 2)
        resumed_s = second.cpu_s()
        await second.kill()
        bodies = [each.body for each in model.received]
        answered, in_flight, again = bodies[:ANSWERED], bodies[ANSWERED], bodies[ANSWERED + 1]
        return Resumed(cold_s=cold_s, resumed_s=resumed_s, lost=_lost(answered, in_flight, again))


def _lost(answered: list[str], in_flight: str, again: str) -> int:
    """How many recorded answers the resumed task no longer knows, by where it goes on."""
    if again == in_flight:
        return 0
    return len(answered) - answered.index(again) if again in answered else len(answered)


def _archon(folder: Path, url: str, *arguments: str) -> Process:
    return Process(
        [sys.executable, "-m", "archon", *arguments],
        environment=environment(folder, model_url=url),
        cwd=folder,
    )


async def _requests(model: ModelServer, count: int) -> None:
    """Wait until so many have come."""
    while len(model.received) < count:
        model.came.clear()
        await model.came.wait()


def _only_task(folder: Path) -> str:
    connection = sqlite3.connect(folder / "data" / "archon.db")
    try:
        (task_id,) = connection.execute("SELECT id FROM tasks").fetchone()
        return str(task_id)
    finally:
        connection.close()
