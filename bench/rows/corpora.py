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
REPORTS = "reports"


async def measure(plan: Plan) -> list[Row]:
    named = os.environ.get(VARIABLE)
    row = partial(Row, unit="%", at_least=LEAST_POINTS)
    if not named:
        return [row(what="corpora", ours=0, absent=f"not measured: {VARIABLE} names no folder")]
    scored = {name: await _score(plan, _scorer(named), name) for name in ANSWERS}
    return [
        row(**(_signatures if name == REPORTS else _points)(name, found)) for name, found in scored.items()
    ]


def _points(name: str, found: Any) -> dict[str, Any]:
    summary = found["summary"]
    classes = ", ".join(f"{count} {kind}" for kind, count in summary["classes"].items())
    note = f"{summary['right']} of {summary['n']} right: {classes}"
    return {"what": f"corpus of {name}, points of 100", "ours": summary["score"], "note": note}


def _signatures(name: str, found: Any) -> dict[str, Any]:
    """Reports are given signatures and not read into issues: those alone are counted."""
    pairs = {kind: found["summary"]["signatures"][kind] for kind in ("same", "different")}
    note = "; ".join(
        f"{right} of {count} pairs of the {kind} fault" for kind, (right, count) in pairs.items()
    )
    least = min(100 * right / count for right, count in pairs.values())
    return {"what": f"corpus of {name}, signatures that tell faults apart", "ours": least, "note": note}


def _scorer(folder: str) -> Path:
    return Path(folder).resolve() / "score.py"


async def _score(plan: Plan, score: Path, name: str) -> Any:
    """What the corpora's own program tells."""
    told = plan.fresh() / "told.json"
    answering = f"{sys.executable} -m tests.corpora {name}"
    argv = [sys.executable, str(score), "--corpus", name, "--split", SPLIT, "--batch"]
    await run([*argv, "--cmd", answering, "--json", str(told)], environment=environment(plan.fresh()))
    return json.loads(told.read_text("utf-8"))
