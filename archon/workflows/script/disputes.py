"""Disputed checks: somebody else decides, and only the disputed check may change."""

from __future__ import annotations

from archon.agents import checker, judge
from archon.agents.fixer import Dispute
from archon.agents.loop import Misunderstood
from archon.domain.values import Json
from archon.engine.scope import Scope
from archon.tools.run_checks import TIMEOUT_S as CHECKS_TIMEOUT_S
from archon.workflows.script.briefs import diff_code, show_code, show_output
from archon.workflows.script.checks import first_message, revision_message, settle_checks
from archon.workflows.script.results import ChecksResult, DisputeResult, RepairResult, as_json
from archon.workflows.script.steps import Script

MAX_DISPUTES = 2
"""How many disputes a task hears; after that the checks stand."""


async def hear(script: Script, scope: Scope, dispute: Dispute) -> Json:
    """Let the planner's model decide; an upheld dispute sends the check back to its author."""
    assert script.latest.check is not None  # noqa: S101 - only a failing check is disputed
    message = next(c["message"] for c in script.latest.check["checks"] if c["name"] == dispute.check)
    ruling = await judge.rule(
        scope,
        script.models,
        objective=script.spec.objective,
        inputs=script.inputs,
        program=script.checks["program"],
        code=show_code(script.latest.code),
        output=show_output(script.latest.run),
        check=dispute.check,
        message=message,
        reason=dispute.reason,
    )
    checks, diff = None, ""
    if ruling.upheld:
        checks = await _revise(script, scope, dispute, ruling.reason)
        diff = diff_code({checker.CHECKS: script.checks["program"]}, {checker.CHECKS: checks["program"]})
    heard = DisputeResult(
        check=dispute.check, reason=dispute.reason, upheld=ruling.upheld, ruling=ruling.reason
    )
    return as_json(
        RepairResult(
            explanation=dispute.reason, code=script.latest.code, diff=diff, dispute=heard, checks=checks
        )
    )


async def _revise(script: Script, scope: Scope, dispute: Dispute, verdict: str) -> ChecksResult:
    """The checks corrected by their author, proved again on an empty program."""
    after_run = scope.workspace.manifest
    scope.workspace.move_to(script.spec.inputs, whole=True)
    conversation = checker.open_conversation(scope, script.models, seconds=CHECKS_TIMEOUT_S)
    asked = first_message(script.spec.objective, script.inputs, script.plan_text)
    change = revision_message(
        check=dispute.check, reason=dispute.reason, verdict=verdict, program=script.checks["program"]
    )
    checks = await settle_checks(
        scope,
        script.sandbox,
        conversation,
        f"{asked}\n{change}",
        standing=_standing(script.checks, dispute.check),
    )
    scope.workspace.move_to(after_run.to_json(), whole=True)
    return checks


def _standing(checks: ChecksResult, disputed: str) -> dict[str, str]:
    """What the checks that count do, but for the disputed one."""
    program = checker.parse_checks(checks["program"])
    if isinstance(program, Misunderstood):
        return {}
    return {n: program.bodies[n] for n in checks["names"] if n != disputed and n in program.bodies}
