"""New code for a program that failed: sent whole, or made with tools where it has several files."""

from __future__ import annotations

from archon.agents import fixer
from archon.agents.fixer import Repair
from archon.domain.task import FailureReason
from archon.domain.values import Json
from archon.engine.models.calls import Conversation
from archon.engine.outcomes import Stopped
from archon.engine.scope import Scope
from archon.workflows.script.briefs import brief_fixer, diff_code
from archon.workflows.script.disputes import MAX_DISPUTES, hear
from archon.workflows.script.program import leave_program, out_of_turns, program_in, write_program
from archon.workflows.script.results import RepairResult, as_json
from archon.workflows.script.steps import Script


async def repair(script: Script, scope: Scope) -> Json:
    """New code for the next round, or a ruling on a disputed check."""
    before = script.latest.manifest.to_json()
    if script.spec.agent_loop == "always" or len(script.latest.code) > 1:
        scope.workspace.move_to(before, whole=True)
        found, code = await _with_tools(script, scope)
    else:
        found = await _by_reply(script, scope)
        code = script.latest.code | found.files
        if found.dispute is None:
            scope.workspace.move_to(before, whole=True)
            await write_program(scope, found.files)
    if found.dispute is not None:
        return await hear(script, scope, found.dispute)
    diff = diff_code(script.latest.code, code)
    result = RepairResult(explanation=found.explanation, code=code, diff=diff, dispute=None, checks=None)
    if found.unmet:
        result["unmet"] = found.unmet
    if found.out_of_turns:
        result["cut_off"] = found.explanation
    return as_json(result)


async def _with_tools(script: Script, scope: Scope) -> tuple[Repair, dict[str, str]]:
    """The repair made in the workspace, and the program's code after it."""
    after_run = scope.workspace.manifest
    work = script.programming(scope, earlier=script.latest.code)

    async def objection() -> str:
        return _told(script.failed_in(await program_in(work)))

    found = await fixer.repair_with_tools(
        work, _brief(script), checks=_disputable(script), objection=objection
    )
    if found.dispute is not None:
        scope.workspace.move_to(after_run.to_json(), whole=True)
        return found, script.latest.code
    if found.out_of_turns and (problem := work.unusable()):
        raise out_of_turns("fixer", script.spec.max_turns, f"and left no program. {problem}")
    code = await program_in(work)
    leave_program(work, script.spec)
    failed_in = script.failed_in(code)
    if found.out_of_turns and failed_in is not None:
        outcome = f"and the program is what failed in round {failed_in} already."
        raise out_of_turns("fixer", script.spec.max_turns, outcome)
    return found, code


async def _by_reply(script: Script, scope: Scope) -> Repair:
    """A repair that was not tried before; the fixer is told once when it was."""
    conversation = fixer.open_conversation(scope, script.models, limits=script.limits)
    found = await fixer.ask_for_repair(conversation, _brief(script), checks=_disputable(script))
    if told := _told(_failed_in(script, found)):
        found = await _ask_again(script, conversation, told)
    return found


async def _ask_again(script: Script, conversation: Conversation, told: str) -> Repair:
    found = await fixer.ask_for_repair(conversation, told, checks=_disputable(script))
    _refuse_repetition(_failed_in(script, found))
    return found


def _brief(script: Script) -> str:
    return brief_fixer(script.spec, script.inputs, script.plan_text, script.latest, script.rounds[:-1])


def _disputable(script: Script) -> tuple[str, ...]:
    """The failing checks, as long as disputes are heard."""
    assert script.latest.check is not None  # noqa: S101 - repairs follow a verdict
    if script.disputes >= MAX_DISPUTES:
        return ()
    return tuple(c["name"] for c in script.latest.check["checks"] if not c["passed"])


def _failed_in(script: Script, found: Repair) -> int | None:
    if found.dispute is not None or found.unmet:
        return None
    return script.failed_in(script.latest.code | found.files)


def _told(failed_in: int | None) -> str:
    """What the fixer is told about code that was tried already; empty for new code."""
    return (
        f"This is the very code that failed in round {failed_in}. Send something else." if failed_in else ""
    )


def _refuse_repetition(failed_in: int | None) -> None:
    """Raises: Stopped when the code had failed already."""
    if failed_in is not None:
        raise Stopped(
            FailureReason.ROUNDS_EXHAUSTED,
            f"The fixer sent code that had failed already (round {failed_in}), twice.",
        )
