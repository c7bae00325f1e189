"""The steps of `script`: each is entered once, and its result is kept whole in the journal."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from archon.agents import checker
from archon.agents.coder import draft_with_tools, write_draft
from archon.agents.nudges import used_up
from archon.agents.planner import make_plan
from archon.agents.programmer import ENTRY, Programming
from archon.agents.run_limits import RunLimits
from archon.agents.unmet import given_as_unmet
from archon.domain.execution import Command, SandboxLimits
from archon.domain.manifest import Manifest
from archon.domain.task import TaskSpec
from archon.domain.values import Json
from archon.engine.models.calls import Models
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.ports.sandbox import SandboxProvider
from archon.tools.commands import as_text, run_command
from archon.tools.run_checks import TIMEOUT_S as CHECKS_TIMEOUT_S
from archon.tools.run_checks import run_checks
from archon.workflows.script.briefs import (
    describe_check_failure,
    describe_inputs,
    describe_refusals,
    describe_run_failure,
)
from archon.workflows.script.checks import first_message, settle_checks
from archon.workflows.script.program import (
    cannot_be_met,
    leave_program,
    out_of_turns,
    program_in,
    tools_in,
    write_program,
)
from archon.workflows.script.results import (
    CheckResult,
    ChecksResult,
    CodeResult,
    DisputeResult,
    PlanResult,
    RunResult,
    VerdictResult,
    as_json,
)
from archon.workflows.script.state import Round

ARGV = ("python", ENTRY)

NO_CHECKS = ChecksResult(program="", names=[], demands={}, refused=[])


@dataclass
class Script:
    """One task's way through the workflow: the tools it has, and what its steps have found."""

    spec: TaskSpec
    models: Models
    sandbox: SandboxProvider
    inputs: str = ""
    plan: PlanResult | None = None
    rounds: list[Round] = field(default_factory=list)
    disputes: int = 0

    @property
    def limits(self) -> RunLimits:
        return RunLimits(seconds=self.spec.run_timeout_s, memory_mb=SandboxLimits().memory_mb)

    @property
    def latest(self) -> Round:
        return self.rounds[-1]

    @property
    def checks(self) -> ChecksResult:
        return self.plan["checks"] if self.plan else NO_CHECKS

    def hear(self, dispute: DisputeResult, checks: ChecksResult | None) -> None:
        """Take a ruling in: the checks change only where the dispute was upheld."""
        self.disputes += 1
        self.latest.disputes.append(dispute)
        if checks is not None and self.plan is not None:
            self.plan = {**self.plan, "checks": checks}

    async def begin(self, workspace: Workspace) -> None:
        """Lay the inputs out. Not a step: it only reads what the task was submitted with."""
        workspace.move_to(self.spec.inputs, whole=True)
        contents = await workspace.contents(workspace.manifest)
        self.inputs = describe_inputs(self.spec, contents)

    async def make_plan(self, scope: Scope) -> Json:
        """The plan, and the acceptance checks that are made from it before any code exists."""
        plan = await make_plan(
            scope, self.models, limits=self.limits, objective=self.spec.objective, inputs=self.inputs
        )
        if plan.unmet:
            raise cannot_be_met("planner", plan.unmet)
        checks = NO_CHECKS
        if self.spec.use_sandbox:
            conversation = checker.open_conversation(scope, self.models, seconds=CHECKS_TIMEOUT_S)
            message = first_message(self.spec.objective, self.inputs, plan.text)
            checks = await settle_checks(scope, self.sandbox, conversation, message)
        return as_json(PlanResult(text=plan.text, steps=list(plan.steps), checks=checks))

    async def write_draft(self, scope: Scope) -> Json:
        if self.spec.agent_loop == "always":
            return await self._draft_with_tools(scope)
        reply = await write_draft(
            scope,
            self.models,
            limits=self.limits,
            objective=self.spec.objective,
            inputs=self.inputs,
            plan=self.plan_text,
        )
        await write_program(scope, reply.files)
        return as_json(CodeResult(code=dict(reply.files)))

    async def _draft_with_tools(self, scope: Scope) -> Json:
        work = self.programming(scope)
        ended = await draft_with_tools(
            work, objective=self.spec.objective, inputs=self.inputs, plan=self.plan_text
        )
        if ended.out_of_turns and (problem := work.unusable()):
            raise out_of_turns("coder", ended.turns, f"and left no program. {problem}")
        result = CodeResult(code=await program_in(work))
        if unmet := given_as_unmet(ended.arguments):
            result["unmet"] = unmet
        if ended.out_of_turns:
            result["cut_off"] = used_up("coder", ended.turns)
        leave_program(work, self.spec)
        return as_json(result)

    def programming(self, scope: Scope, earlier: Collection[str] = ()) -> Programming:
        """The scope's workspace as agents with tools work in it; `earlier` are the program's paths so far."""
        return Programming(
            context=tools_in(scope, self.sandbox, self.spec),
            models=self.models,
            limits=self.limits,
            max_turns=self.spec.max_turns,
            earlier=earlier,
        )

    async def run(self, scope: Scope) -> Json:
        command = Command(
            argv=ARGV, stdin=await self._stdin(scope.workspace), timeout_s=self.spec.run_timeout_s
        )
        ran = await run_command(scope, self.sandbox, command)
        result = RunResult(
            command=shlex.join(ARGV) + (f" < {shlex.quote(self.spec.stdin)}" if self.spec.stdin else ""),
            exit_code=ran.exit_code,
            stdout=as_text(ran.stdout),
            stderr=as_text(ran.stderr),
            is_truncated=ran.is_truncated,
            timed_out=ran.timed_out,
            out_of_memory=ran.out_of_memory,
            duration_ms=ran.duration_ms,
        )
        if ran.out_of_disk:
            result["out_of_disk"] = True
        if ran.refusals:
            result["refused"] = [f"{each.target}: {each.reason}" for each in ran.refusals]
        return as_json(result)

    async def check(self, scope: Scope) -> Json:
        """The verdict on the latest run: its exit first, then the acceptance checks."""
        run = self.latest.run
        assert run is not None  # noqa: S101 - the graph checks what has run
        failure = describe_run_failure(run)
        if failure:
            signature = _signature(run["stderr"] or run["stdout"], run["exit_code"])
            error = "\n".join((*describe_refusals(run), failure))
            return as_json(CheckResult(passed=False, error=error, signature=signature, checks=[]))
        checked = await run_checks(
            scope,
            self.sandbox,
            program=self.checks["program"],
            names=self.checks["names"],
            changed=await self._changed(scope.workspace),
            stdout=run["stdout"].encode(),
            stderr=run["stderr"].encode(),
        )
        verdicts = [VerdictResult(name=v.name, passed=v.passed, message=v.message) for v in checked.verdicts]
        error = checked.problem or describe_check_failure(verdicts, self.checks["demands"])
        signature = _signature(error, 1) if error else ""
        error = "\n".join((error, *describe_refusals(run))) if error else ""
        return as_json(CheckResult(passed=checked.passed, error=error, signature=signature, checks=verdicts))

    async def _changed(self, workspace: Workspace) -> dict[str, bytes | None]:
        """What the paths that the latest run changed held before it; None for those it made."""
        before = self.latest.manifest.entries
        paths = workspace.manifest.delta_from(self.latest.manifest)
        held = await workspace.contents(Manifest({path: before[path] for path in paths if path in before}))
        return {path: held.get(path) for path in paths}

    @property
    def plan_text(self) -> str:
        return self.plan["text"] if self.plan else ""

    def failed_in(self, code: Mapping[str, str]) -> int | None:
        """The round in which this very code was tried already."""
        return next((r.number for r in self.rounds if r.code == code), None)

    async def _stdin(self, workspace: Workspace) -> bytes:
        if self.spec.stdin is None:
            return b""
        inputs = Manifest.from_json({self.spec.stdin: self.spec.inputs[self.spec.stdin]})
        return (await workspace.contents(inputs))[self.spec.stdin]


def _signature(output: str, exit_code: int) -> str:
    """A failure's name."""
    # Not at the top: a program that passes needs none of it, and it takes 40 ms of CPU to import.
    from archon.domain.signature import error_signature

    return error_signature(output, exit_code=exit_code).text
