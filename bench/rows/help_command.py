"""How long a person waits for `archon --help`."""

from __future__ import annotations

import sys
from functools import partial

from bench.environment import environment
from bench.plan import Plan, interleaved
from bench.processes import run
from bench.row import Row, middle_ms


async def measure(plan: Plan) -> list[Row]:
    folder = plan.fresh()
    start = partial(run, environment=environment(folder), cwd=folder)
    ours, bare = await interleaved(
        2 * plan.repeats + 1,
        lambda: start([sys.executable, "-m", "archon", "--help"]),
        lambda: start([sys.executable, "-c", "import argparse"]),
    )
    return [
        Row(
            what="archon --help, CPU",
            unit="ms",
            ours=middle_ms([each.cpu_s for each in ours]),
            at_most=150,
            note=f"python with argparse alone takes {middle_ms([each.cpu_s for each in bare]):.0f} ms",
        )
    ]
