"""`archon run` in a process of its own, from nothing to the end of one round."""

from __future__ import annotations

import sys
from functools import partial

from archon.testing.model_server import ModelServer
from bench.environment import environment
from bench.peers import HOW, LANGGRAPH
from bench.plan import Plan, interleaved
from bench.processes import Ended, program, run
from bench.row import Row, middle_ms
from bench.script_replies import OBJECTIVE, one_round

PACKAGE = "langchain_openai"
NO_PEER = f"the goal is against LangGraph with its provider package {PACKAGE}, which is not installed: {HOW}"


async def measure(plan: Plan) -> list[Row]:
    async with ModelServer(script=one_round()) as model:
        archon = partial(_archon, plan, model.url)
        await archon()  # compiles what was never imported before
        ours, bare = await interleaved(plan.repeats, archon, partial(_langgraph, plan, model.url, "httpx"))
        peers = None
        if LANGGRAPH.is_installed(plan.peer_python):
            peer = partial(_langgraph, plan, model.url, PACKAGE, plan.peer_python)
            await peer()
            _, peers = await interleaved(plan.repeats, archon, peer)
        memory = await _peak_mb(plan, model.url)
    return [
        *_cpu(ours, bare, peers),
        Row(what="peak memory of archon run", unit="MB", ours=memory, at_most=100),
    ]


def _cpu(ours: list[Ended], bare: list[Ended], peers: list[Ended] | None) -> list[Row]:
    other = peers or bare
    beside = f"LangGraph with {PACKAGE}" if peers else "LangGraph with httpx alone"
    bare_ms = middle_ms([each.cpu_s for each in bare])
    children_ms = middle_ms([each.children_cpu_s for each in ours])
    return [
        Row(
            what="archon run, cold, one round, CPU",
            unit="ms",
            ours=middle_ms([each.cpu_s for each in ours]),
            beside=beside,
            other=middle_ms([each.cpu_s for each in other]),
            at_most=1.0,
            note=f"its four sandboxes take {children_ms:.0f} ms more; "
            + (f"LangGraph with httpx alone takes {bare_ms:.0f} ms" if peers else NO_PEER),
        )
    ]


async def _archon(plan: Plan, url: str) -> Ended:
    folder = await plan.lived_in()
    return await run(
        [sys.executable, "-m", "archon", "run", OBJECTIVE],
        environment=environment(folder, model_url=url),
        cwd=folder,
    )


async def _langgraph(plan: Plan, url: str, package: str, python: str = sys.executable) -> Ended:
    folder = plan.fresh()
    return await run(
        program("bare_langgraph", package, f"You write small Python programs. {OBJECTIVE}", python=python),
        environment=environment(folder, model_url=url),
        cwd=folder,
    )


async def _peak_mb(plan: Plan, url: str) -> float:
    folder = await plan.lived_in()
    told = folder / "peak"
    await run(
        program("archon_with_peak", str(told), "run", OBJECTIVE),
        environment=environment(folder, model_url=url),
        cwd=folder,
    )
    return float(told.read_text("ascii"))
