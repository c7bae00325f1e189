"""What isolation adds to a command."""

from __future__ import annotations

import json

from bench.environment import environment
from bench.plan import Plan
from bench.processes import program, run
from bench.row import Row, middle_ms


async def measure(plan: Plan) -> list[Row]:
    folder = plan.fresh()
    ended = await run(
        program("sandbox_true", str(10 * plan.repeats)), environment=environment(folder), cwd=folder
    )
    taken = json.loads(ended.stdout)
    ours, bare = taken["sandboxed"], taken["bare"]
    our_cpu, bare_cpu = middle_ms(ours["cpu_s"]), middle_ms(bare["cpu_s"])
    return [
        Row(
            what="exec of `true` in a sandbox session, elapsed",
            unit="ms",
            ours=middle_ms(ours["wall_s"]),
            beside="bare subprocess",
            other=middle_ms(bare["wall_s"]),
            at_most=6,
            note=f"the CPU of all its processes is {our_cpu:.1f} ms, and {bare_cpu:.1f} bare",
        )
    ]
