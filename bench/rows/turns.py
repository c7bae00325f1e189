"""What an agent's turns cost: CPU, bytes on disk, memory and prompts, over a long task."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import partial
from statistics import median

from bench.endless_model import EndlessModel
from bench.environment import environment
from bench.peers import HOW, PEERS, Peer
from bench.plan import Plan, interleaved
from bench.processes import program, run
from bench.programs.conversation import Report
from bench.row import Row

EARLY = 50
WINDOW = 25
"""How many turns a figure is the mean of: those that end at the turn it is of."""
MODEL = "gpt-4.1"
"""One whose context holds the longest conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    report: Report
    billed_kb: float

    def turn_ms(self, at: int) -> float:
        """CPU of a turn around number `at`, without its subprocesses."""
        cpu_s = self.report.cpu_s
        return (cpu_s[at] - cpu_s[at - WINDOW]) / WINDOW * 1000

    @property
    def child_ms(self) -> float:
        """CPU of a turn's subprocesses."""
        return self.report.children_cpu_s / (len(self.report.cpu_s) - 1) * 1000


async def measure(plan: Plan) -> list[Row]:
    async with EndlessModel() as model:
        await _run(
            plan, model, "archon_turns", 2 * WINDOW
        )  # so that no measured run compiles what it imports
        ours, bare = await interleaved(
            max(2, plan.repeats // 2 + 1),
            partial(_run, plan, model, "archon_turns", plan.turns),
            partial(_run, plan, model, "bare_turns", plan.turns),
        )
        others = [(peer, await _peer(plan, model, peer)) for peer in PEERS]
        our_prompts = await _run(plan, model, "archon_turns", EARLY)
        bare_prompts = await _run(plan, model, "bare_turns", EARLY)
    return [
        *_cpu(plan, ours, bare),
        *(row for peer, loop in others for row in _beside(plan, ours, peer, loop)),
        *_kept(plan, ours),
        Row(
            what=f"prompts of {EARLY} turns as billed (a cached prefix counts a tenth)",
            unit="KB",
            ours=our_prompts.billed_kb,
            beside="bare loop",
            other=bare_prompts.billed_kb,
            at_most=1.2,
        ),
        Row(
            what=f"peak memory of a task of {plan.turns} turns",
            unit="MB",
            ours=max(each.report.peak_mb for each in ours),
            at_most=100,
            note=f"the bare loop holds {bare[0].report.peak_mb:.0f} MB",
        ),
    ]


def _cpu(plan: Plan, ours: list[Loop], bare: list[Loop]) -> list[Row]:
    early = median(each.turn_ms(EARLY) for each in ours)
    late = median(each.turn_ms(plan.turns) for each in ours)
    child, bare_child = (median(each.child_ms for each in loops) for loops in (ours, bare))
    return [
        Row(
            what=f"an agent turn at {EARLY} turns, CPU",
            unit="ms",
            ours=early,
            beside="bare loop",
            other=median(each.turn_ms(EARLY) for each in bare),
            at_most=4,
            note=f"without the command's own processes, which take {child:.1f} ms, and {bare_child:.1f} bare",
        ),
        Row(
            what=f"an agent turn at {plan.turns} turns, CPU",
            unit="ms",
            ours=late,
            beside=f"at {EARLY}",
            other=early,
            at_most=1.3,
            note=f"the bare loop takes {median(each.turn_ms(plan.turns) for each in bare):.1f} ms there",
        ),
    ]


def _beside(plan: Plan, ours: list[Loop], peer: Peer, loop: Loop | None) -> list[Row]:
    """The same turns by an agent of another framework, which keeps and isolates nothing."""
    return [
        Row(
            what=f"an agent turn at {at} turns, CPU",
            unit="ms",
            ours=median(each.turn_ms(at) for each in ours),
            beside=peer.name,
            other=loop.turn_ms(at) if loop else None,
            at_most=1,
            absent="" if loop else "is not installed",
            note=f"it holds {loop.report.peak_mb:.0f} MB" if loop else HOW,
        )
        for at in ((EARLY, plan.turns) if loop else (EARLY,))
    ]


def _kept(plan: Plan, ours: list[Loop]) -> list[Row]:
    half, whole = ours[0].report.kept_bytes.values()
    return [
        Row(
            what=f"kept on disk after {plan.turns} turns of 1 KB results",
            unit="KB",
            ours=whole / 1024,
            at_most=1.5 * 1024 * plan.turns / 500,
            note=f"{whole / plan.turns:,.0f} bytes a turn, with the 1,024 of its result",
        ),
        Row(
            what=f"the same, of the second {plan.turns // 2} turns alone",
            unit="KB",
            ours=(whole - half) / 1024,
            beside="of the first",
            other=half / 1024,
            at_most=1.1,
        ),
    ]


async def _peer(plan: Plan, model: EndlessModel, peer: Peer) -> Loop | None:
    """Once: it takes minutes. None where the peer is not installed."""
    if not peer.is_installed(plan.peer_python):
        return None
    return await _run(plan, model, peer.program, plan.turns, python=plan.peer_python)


async def _run(
    plan: Plan, model: EndlessModel, name: str, turns: int, *, python: str = sys.executable
) -> Loop:
    folder = await plan.lived_in()
    roles = dict.fromkeys(("MODEL_PLANNER", "MODEL_CODER", "MODEL_FIXER"), MODEL)
    model.forget()
    ended = await run(
        program(name, str(turns), python=python),
        environment=environment(folder, model_url=model.url, **roles),
        cwd=folder,
    )
    if model.requests not in {turns, turns + 1}:
        raise RuntimeError(f"{name} made {model.requests} requests in {turns} turns")
    return Loop(report=Report(**json.loads(ended.stdout)), billed_kb=model.billed_bytes / 1024)
