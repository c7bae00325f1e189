"""The graph of `script`: wiring only. Every node is a step, and no node holds state of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from archon.domain.events import Draft, Finished
from archon.domain.task import FailureReason
from archon.domain.values import Json
from archon.engine.outcomes import Stopped
from archon.engine.scope import Scope
from archon.tools.deliver import deliver
from archon.workflows.lean_langgraph import END, START, StateGraph
from archon.workflows.script.program import cannot_be_met
from archon.workflows.script.repairs import repair
from archon.workflows.script.results import (
    CheckResult,
    CodeResult,
    PlanResult,
    RepairResult,
    RunResult,
    headline,
)
from archon.workflows.script.state import Round, State
from archon.workflows.script.steps import Script
from archon.workflows.toolbox import Toolbox

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


async def run_script(scope: Scope, toolbox: Toolbox) -> None:
    """Take a task from where its journal left it to its end.

    Raises: Stopped when the task fails; Parked when a person is needed; ArchonError when the platform
    broke.
    """
    script = Script(spec=scope.run.spec, models=toolbox.models, sandbox=toolbox.sandbox)
    await script.begin(scope.workspace)
    limit = 10 + 6 * script.spec.max_rounds
    await build(Nodes(scope, script, toolbox)).ainvoke({"next": "draft"}, {"recursion_limit": limit})


class Nodes:
    """One method per node; each makes one step and says where to go."""

    def __init__(self, scope: Scope, script: Script, toolbox: Toolbox) -> None:
        self._scope = scope
        self._script = script
        self._toolbox = toolbox

    async def plan(self, state: State) -> State:
        spec = self._script.spec
        asked: Json = {"objective": spec.objective, "inputs": spec.inputs, "executes": spec.use_sandbox}
        self._script.plan = cast("PlanResult", await self._scope.step("plan", asked, self._script.make_plan))
        return State(next="draft")

    async def draft(self, state: State) -> State:
        written = cast("CodeResult", await self._scope.step("draft", None, self._script.write_draft))
        self._open_round(written)
        await self._stop_where_unmet("coder", written)
        return State(next="run" if self._script.spec.use_sandbox else "finish")

    async def run(self, state: State) -> State:
        self._script.latest.run = cast("RunResult", await self._scope.step("run", None, self._script.run))
        return State(next="check")

    async def check(self, state: State) -> State:
        checks: Json = self._script.checks["program"]
        verdict = cast("CheckResult", await self._scope.step("check", checks, self._script.check))
        self._script.latest.check = verdict
        if verdict["passed"]:
            return State(next="finish")
        is_last = len(self._script.rounds) >= self._script.spec.max_rounds
        return State(next="give_up" if is_last else "repair")

    async def repair(self, state: State) -> State:
        repaired = await self._repaired()
        dispute = repaired["dispute"]
        if dispute is None:
            self._open_round(repaired)
            await self._stop_where_unmet("fixer", repaired)
            return State(next="run")
        self._script.hear(dispute, repaired["checks"])
        return State(next="check" if dispute["upheld"] else "repair")

    async def finish(self, state: State) -> State:
        await self._deliver()
        message = "" if self._script.spec.use_sandbox else "Nothing was executed, as asked."
        await self._scope.run.append(Draft(body=Finished(status="completed", message=message)))
        return state

    async def give_up(self, state: State) -> State:
        await self._deliver()
        verdict = self._script.latest.check
        error = headline(verdict) if verdict else ""
        said = f"{len(self._script.rounds)} runs, and the last one still fails: {error}"
        if cut_off := self._script.latest.cut_off:
            said = f"{said.rstrip('.')}. {cut_off}"
        raise Stopped(FailureReason.ROUNDS_EXHAUSTED, said)

    async def _stop_where_unmet(self, agent: str, result: CodeResult | RepairResult) -> None:
        """Hand over what there is when the author says that no program can meet the objective.

        Raises: Stopped then.
        """
        if why := result.get("unmet"):
            await self._deliver()
            raise cannot_be_met(agent, why)

    async def _repaired(self) -> RepairResult:
        """What the repair came to. Where it ends the task, the version that failed is handed over.

        Raises: Stopped then.
        """
        after_run = self._scope.workspace.manifest
        try:
            result = await self._scope.step("repair", None, partial(repair, self._script))
        except Stopped:
            self._scope.workspace.move_to(after_run.to_json(), whole=True)
            await self._deliver()
            raise
        return cast("RepairResult", result)

    def _open_round(self, made: CodeResult | RepairResult) -> None:
        rounds = self._script.rounds
        rounds.append(
            Round(
                number=len(rounds) + 1,
                code=made["code"],
                explanation=str(made.get("explanation", "")),
                cut_off=made.get("cut_off", ""),
                manifest=self._scope.workspace.manifest,
            )
        )

    async def _deliver(self) -> None:
        spec = self._script.spec
        target = Path(spec.output_directory) / self._scope.run.task_id

        async def body(scope: Scope) -> Json:
            files: list[Json] = [*await deliver(scope, self._toolbox.folders, target=target)]
            return {"files": files}

        await self._scope.step("deliver", None, body)


def build(nodes: Nodes) -> CompiledStateGraph[State]:
    """plan → draft → run → check → (repair → run → check)* → finish"""
    graph = StateGraph(State)
    graph.add_node("plan", nodes.plan)
    graph.add_node("draft", nodes.draft)
    graph.add_node("run", nodes.run)
    graph.add_node("check", nodes.check)
    graph.add_node("repair", nodes.repair)
    graph.add_node("finish", nodes.finish)
    graph.add_node("give_up", nodes.give_up)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "draft")
    graph.add_conditional_edges("draft", _next, ["run", "finish"])
    graph.add_edge("run", "check")
    graph.add_conditional_edges("check", _next, ["repair", "finish", "give_up"])
    graph.add_conditional_edges("repair", _next, ["run", "check", "repair"])
    graph.add_edge("finish", END)
    graph.add_edge("give_up", END)
    return graph.compile()


def draw_script() -> str:
    """The graph as a Mermaid diagram; drawing asks nothing of the nodes but their names."""
    return build(object.__new__(Nodes)).get_graph().draw_mermaid()


def _next(state: State) -> str:
    return state["next"]
