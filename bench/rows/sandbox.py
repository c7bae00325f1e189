"""What isolation adds to a command, and what a sandbox session costs."""

from __future__ import annotations

import json

from bench.environment import environment
from bench.plan import Plan
from bench.processes import program, run
from bench.programs.sandbox_session import AT_ONCE, FILES, FLOOD_BYTES, MANY, Measured
from bench.row import Row, middle_ms

LEAST_MB_PER_S = 150
MOST_GROWTH_MB = 2


async def measure(plan: Plan) -> list[Row]:
    folder = plan.fresh()
    argv = program("sandbox_session", str(10 * plan.repeats))
    ended = await run(argv, environment=environment(folder), cwd=folder)
    found = Measured(**json.loads(ended.stdout))
    return [*_commands(found), *_sessions(found), _flood(found), _manifest(found)]


def _commands(found: Measured) -> list[Row]:
    return [
        Row(
            what=f"exec of `{name}` in a sandbox session, elapsed",
            unit="ms",
            ours=middle_ms(ours),
            beside="bare subprocess",
            other=middle_ms(bare),
            at_most=at_most,
        )
        for name, ours, bare, at_most in (
            ("true", found.true, found.bare_true, 6),
            ("python -c pass", found.python, found.bare_python, 1.5),
        )
    ]


def _sessions(found: Measured) -> list[Row]:
    return [
        Row(
            what="start of a session and its first command, elapsed",
            unit="ms",
            ours=middle_ms(found.start),
            at_most=80,
        ),
        Row(
            what="memory of a session",
            unit="MB",
            ours=found.memory_mb,
            at_most=8,
            note=f"each of {AT_ONCE} that are up, what they share divided among them",
        ),
        Row(
            what=f"memory that {MANY} commands leave behind",
            unit="MB",
            ours=found.grown_mb,
            at_most=MOST_GROWTH_MB,
            fault=f"{found.left_files} files were left open" if found.left_files else "",
        ),
    ]


def _flood(found: Measured) -> Row:
    taken = middle_ms(found.flood)
    return Row(
        what=f"{FLOOD_BYTES // 10**6} MB through stdout",
        unit="ms",
        ours=taken,
        at_most=FLOOD_BYTES / LEAST_MB_PER_S / 1000,
        note=f"{FLOOD_BYTES / taken / 1000:,.0f} MB/s, where {LEAST_MB_PER_S} are asked for",
    )


def _manifest(found: Measured) -> Row:
    return Row(
        what=f"manifest of an unchanged workspace of {FILES:,} files",
        unit="ms",
        ours=middle_ms(found.manifest),
        at_most=20,
    )
