"""How many points this program's parsers get on corpora with known answers, where there are any.

ARCHON_CORPORA names the folder that holds them with their `score.py`.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

from bench.environment import environment
from bench.plan import Plan
from bench.processes import run
from bench.row import Row
from tests.corpora.__main__ import ANSWERS

VARIABLE = "ARCHON_CORPORA"
SPLIT = "dev"
LEAST_POINTS = 95


async def measure(plan: Plan) -> list[Row]:
    named = os.environ.get(VARIABLE)
    row = partial(Row, unit="%", at_least=LEAST_POINTS)
    if not named:
        return [row(what="corpora", ours=0, absent=f"not measured: {VARIABLE} names no folder")]
    scored = [(name, await _score(plan, _scorer(named), name)) for name in ANSWERS]
    return [
        row(
            what=f"corpus of {name}, points of 100",
            ours=found["score"],
            note=f"{found['right']} of {found['n']} right: "
            + ", ".join(f"{count} {kind}" for kind, count in found["classes"].items()),
        )
        for name, found in scored
    ]


def _scorer(folder: str) -> Path:
    return Path(folder).resolve() / "score.py"


async def _score(plan: Plan, score: Path, name: str) -> Any:
    """The totals that the corpora's own program tells."""
    told = plan.fresh() / "told.json"
    answering = f"{sys.executable} -m tests.corpora {name}"
    argv = [sys.executable, str(score), "--corpus", name, "--split", SPLIT, "--batch"]
    await run([*argv, "--cmd", answering, "--json", str(told)], environment=environment(plan.fresh()))
    return json.loads(told.read_text("utf-8"))["summary"]
