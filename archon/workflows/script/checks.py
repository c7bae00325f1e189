"""Acceptance checks that are worth having: written before the code, proved to fail without it."""

from __future__ import annotations

from collections.abc import Mapping

from archon.agents import checker
from archon.agents.checker import CheckProgram
from archon.agents.loop import MAX_CORRECTIONS
from archon.agents.prompts import render
from archon.domain.manifest import Manifest
from archon.domain.task import FailureReason
from archon.engine.models.calls import Conversation
from archon.engine.outcomes import Stopped
from archon.engine.scope import Scope
from archon.ports.sandbox import SandboxProvider
from archon.tools.run_checks import Checked, run_checks
from archon.tools.write_files import write_files
from archon.workflows.script.results import ChecksResult, RefusedCheck

WORTHLESS = "passes on an empty program"


async def settle_checks(
    scope: Scope,
    provider: SandboxProvider,
    conversation: Conversation,
    message: str,
    *,
    standing: Mapping[str, str] | None = None,
) -> ChecksResult:
    """Checks that an empty program fails, all of them.

    `standing` holds the bodies of checks that may not change: a reply without them is not taken. A
    check that passes there is refused; the checker is told and may write again, twice. What is then
    still worthless is left out. Raises: Stopped when nothing is left; as `loop.ask` does.
    """
    said = message
    for _ in range(MAX_CORRECTIONS + 1):
        program = await checker.write_checks(conversation, said, standing=standing or {})
        checked = await _try_on_nothing(scope, provider, program)
        worthless = [v.name for v in checked.verdicts if v.passed]
        if not worthless and not checked.problem:
            break
        said = _complaint(worthless, checked)
    kept = [v.name for v in checked.verdicts if not v.passed]
    if checked.problem or not kept:
        raise Stopped(
            FailureReason.NO_ACCEPTANCE_CHECKS,
            checked.problem or f"Every check that was written {WORTHLESS}: {', '.join(worthless)}.",
        )
    refused = [RefusedCheck(name=name, reason=WORTHLESS) for name in worthless]
    return ChecksResult(program=program.text, names=kept, demands=program.demands, refused=refused)


async def _try_on_nothing(scope: Scope, provider: SandboxProvider, program: CheckProgram) -> Checked:
    """The checks' verdict on a program that does nothing at all."""
    workspace = scope.workspace
    inputs = workspace.manifest
    await write_files(scope, {"main.py": ""})
    checked = await run_checks(
        scope, provider, program=program.text, names=list(program.demands), changed={}, stdout=b"", stderr=b""
    )
    workspace.move_to(Manifest(inputs.entries).to_json(), whole=True)
    return checked


def _complaint(worthless: list[str], checked: Checked) -> str:
    if checked.problem:
        return f"{checked.problem} Send the whole of checks.py again, corrected."
    return (
        f"These checks are worthless, for an empty program that prints and writes nothing passes them: "
        f"{', '.join(worthless)}. Send the whole of checks.py again, with checks that such a program fails."
    )


def first_message(objective: str, inputs: str, plan: str) -> str:
    return render("checker_brief", objective=objective, inputs=inputs, plan=plan)


def revision_message(*, check: str, reason: str, verdict: str, program: str) -> str:
    return render("checker_revise", check=check, reason=reason, verdict=verdict, program=program)
