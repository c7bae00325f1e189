"""The steps of `script`: each is entered once, and its result is kept whole in the journal."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import cast

from archon.agents import checker, fixer, judge
from archon.agents.coder import ENTRY, write_draft
from archon.agents.fixer import Dispute, Repair
from archon.agents.loop import Misunderstood
from archon.agents.planner import make_plan
from archon.agents.run_limits import RunLimits
from archon.domain.execution import Command, SandboxLimits
from archon.domain.manifest import Manifest
from archon.domain.signature import error_signature
from archon.domain.task import FailureReason, TaskSpec
from archon.domain.values import Json, JsonObject
from archon.engine.models.calls import Conversation, Models
from archon.engine.outcomes import Stopped
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.ports.sandbox import SandboxProvider
from archon.tools.commands import as_text, run_command
from archon.tools.run_checks import TIMEOUT_S as CHECKS_TIMEOUT_S
from archon.tools.run_checks import run_checks
from archon.tools.write_files import write_files
from archon.workflows.script.briefs import (
    brief_fixer,
    describe_check_failure,
    describe_inputs,
    describe_refusals,
    describe_run_failure,
    diff_code,
    show_code,
    show_output,
)
from archon.workflows.script.checks import first_message, revision_message, settle_checks
from archon.workflows.script.results import (
    CheckResult,
    ChecksResult,
    CodeResult,
    DisputeResult,
    PlanResult,
    RepairResult,
    RunResult,
    VerdictResult,
)
from archon.workflows.script.state import Round

ARGV = ("python", ENTRY)
MAX_DISPUTES = 2
"""How many disputes a task hears; after that the checks stand."""

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
        checks = NO_CHECKS
        if self.spec.use_sandbox:
            conversation = checker.open_conversation(scope, self.models, seconds=CHECKS_TIMEOUT_S)
            message = first_message(self.spec.objective, self.inputs, plan.text)
            checks = await settle_checks(scope, self.sandbox, conversation, message)
        return _json(PlanResult(text=plan.text, steps=list(plan.steps), checks=checks))

    async def write_draft(self, scope: Scope) -> Json:
        plan = self.plan["text"] if self.plan else ""
        reply = await write_draft(
            scope,
            self.models,
            limits=self.limits,
            objective=self.spec.objective,
            inputs=self.inputs,
            plan=plan,
        )
        await write_files(scope, reply.files)
        return _json(CodeResult(code=dict(reply.files)))

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
        return _json(result)

    async def check(self, scope: Scope) -> Json:
        """The verdict on the latest run: its exit first, then the acceptance checks."""
        run = self.latest.run
        assert run is not None  # noqa: S101 - the graph checks what has run
        failure = describe_run_failure(run)
        if failure:
            signature = error_signature(run["stderr"] or run["stdout"], exit_code=run["exit_code"]).text
            error = "\n".join((*describe_refusals(run), failure))
            return _json(CheckResult(passed=False, error=error, signature=signature, checks=[]))
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
        signature = error_signature(error, exit_code=1).text if error else ""
        error = "\n".join((error, *describe_refusals(run))) if error else ""
        return _json(CheckResult(passed=checked.passed, error=error, signature=signature, checks=verdicts))

    async def _changed(self, workspace: Workspace) -> dict[str, bytes | None]:
        """What the paths that the latest run changed held before it; None for those it made."""
        before = self.latest.manifest.entries
        paths = workspace.manifest.delta_from(self.latest.manifest)
        held = await workspace.contents(Manifest({path: before[path] for path in paths if path in before}))
        return {path: held.get(path) for path in paths}

    async def repair(self, scope: Scope) -> Json:
        """New code for the next round, or a ruling on a disputed check."""
        message = brief_fixer(self.spec, self.inputs, self._plan_text, self.latest, self.rounds[:-1])
        conversation = fixer.open_conversation(scope, self.models, limits=self.limits)
        repair = await self._ask_for_new_code(conversation, message)
        if repair.dispute is not None:
            return await self._hear(scope, repair.dispute)
        code = self.latest.code | repair.files
        scope.workspace.move_to(self.latest.manifest.to_json(), whole=True)
        await write_files(scope, repair.files)
        diff = diff_code(self.latest.code, code)
        return _json(
            RepairResult(explanation=repair.explanation, code=code, diff=diff, dispute=None, checks=None)
        )

    async def _ask_for_new_code(self, conversation: Conversation, message: str) -> Repair:
        """A repair that was not tried before; the fixer is told once when it was."""
        assert self.latest.check is not None  # noqa: S101 - repairs follow a verdict
        may_dispute = self.disputes < MAX_DISPUTES
        failing = (
            tuple(c["name"] for c in self.latest.check["checks"] if not c["passed"]) if may_dispute else ()
        )
        repair = await fixer.ask_for_repair(conversation, message, checks=failing)
        failed_in = self._already_failed(repair)
        if failed_in is None:
            return repair
        told = f"This is the very code that failed in round {failed_in}. Send something else."
        repair = await fixer.ask_for_repair(conversation, told, checks=failing)
        if self._already_failed(repair) is None:
            return repair
        raise Stopped(
            FailureReason.ROUNDS_EXHAUSTED,
            f"The fixer sent code that had failed already (round {failed_in}), twice.",
        )

    def _already_failed(self, repair: Repair) -> int | None:
        if repair.dispute is not None:
            return None
        code = self.latest.code | repair.files
        return next((r.number for r in self.rounds if r.code == code), None)

    async def _hear(self, scope: Scope, dispute: Dispute) -> Json:
        """Let the planner's model decide; an upheld dispute sends the check back to its author."""
        assert self.latest.check is not None  # noqa: S101 - only a failing check is disputed
        message = next(c["message"] for c in self.latest.check["checks"] if c["name"] == dispute.check)
        ruling = await judge.rule(
            scope,
            self.models,
            objective=self.spec.objective,
            inputs=self.inputs,
            program=self.checks["program"],
            code=show_code(self.latest.code),
            output=show_output(self.latest.run),
            check=dispute.check,
            message=message,
            reason=dispute.reason,
        )
        checks, diff = None, ""
        if ruling.upheld:
            checks = await self._revise(scope, dispute, ruling.reason)
            diff = diff_code({checker.CHECKS: self.checks["program"]}, {checker.CHECKS: checks["program"]})
        heard = DisputeResult(
            check=dispute.check, reason=dispute.reason, upheld=ruling.upheld, ruling=ruling.reason
        )
        return _json(
            RepairResult(
                explanation=dispute.reason, code=self.latest.code, diff=diff, dispute=heard, checks=checks
            )
        )

    async def _revise(self, scope: Scope, dispute: Dispute, verdict: str) -> ChecksResult:
        """The checks corrected by their author, proved again on an empty program."""
        after_run = scope.workspace.manifest
        scope.workspace.move_to(self.spec.inputs, whole=True)
        conversation = checker.open_conversation(scope, self.models, seconds=CHECKS_TIMEOUT_S)
        asked = first_message(self.spec.objective, self.inputs, self._plan_text)
        change = revision_message(
            check=dispute.check, reason=dispute.reason, verdict=verdict, program=self.checks["program"]
        )
        checks = await settle_checks(
            scope, self.sandbox, conversation, f"{asked}\n{change}", standing=self._standing(dispute.check)
        )
        scope.workspace.move_to(after_run.to_json(), whole=True)
        return checks

    def _standing(self, disputed: str) -> dict[str, str]:
        """What the checks that count do, but for the disputed one."""
        program = checker.parse_checks(self.checks["program"])
        if isinstance(program, Misunderstood):
            return {}
        return {n: program.bodies[n] for n in self.checks["names"] if n != disputed and n in program.bodies}

    @property
    def _plan_text(self) -> str:
        return self.plan["text"] if self.plan else ""

    async def _stdin(self, workspace: Workspace) -> bytes:
        if self.spec.stdin is None:
            return b""
        inputs = Manifest.from_json({self.spec.stdin: self.spec.inputs[self.spec.stdin]})
        return (await workspace.contents(inputs))[self.spec.stdin]


def _json(result: object) -> JsonObject:
    return cast("JsonObject", result)
