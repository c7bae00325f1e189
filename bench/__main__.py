"""`python -m bench`: what Archon costs beside a bare loop, a peer or a limit measured in the same run.

Figures of different runs cannot be compared, only ratios within one. Everything happens on this machine;
models are local servers. Peers are measured where they are installed, which `uv sync --group bench` does; or
`--peer-python` names another interpreter that has them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.plan import Plan
from bench.row import Row
from bench.rows import cold_run, corpora, crowd, help_command, resume, sandbox, turns, warm_server
from bench.table import as_json, as_table

GROUPS: dict[str, Callable[[Plan], Awaitable[list[Row]]]] = {
    "help": help_command.measure,
    "server": warm_server.measure,
    "run": cold_run.measure,
    "turns": turns.measure,
    "resume": resume.measure,
    "sandbox": sandbox.measure,
    "crowd": crowd.measure,
    "corpora": corpora.measure,
}


def main() -> None:
    given = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="archon-bench-") as directory:
        plan = Plan(
            directory=Path(directory),
            repeats=2 if given.quick else 5,
            turns=150 if given.quick else 500,
            tasks=20 if given.quick else 100,
            peer_python=given.peer_python,
        )
        rows = asyncio.run(_measure(plan, given.groups or list(GROUPS)))
    print(as_json(rows) if given.json else as_table(rows))


async def _measure(plan: Plan, groups: list[str]) -> list[Row]:
    rows: list[Row] = []
    for name in groups:
        started = time.monotonic()
        print(f"{name} …", end=" ", file=sys.stderr, flush=True)
        rows += await GROUPS[name](plan)
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what Archon costs.")
    parser.add_argument("groups", nargs="*", choices=[[], *GROUPS], help="what to measure (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer repeats, turns and tasks")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument(
        "--peer-python",
        metavar="PATH",
        default=sys.executable,
        help="an interpreter that has the peers' packages (default: this one)",
    )
    return parser


main()
