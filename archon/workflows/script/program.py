"""Programs in the workspace: sent whole, or written and repaired there with tools."""

from __future__ import annotations

from collections.abc import Mapping

from archon.agents.programmer import Programming
from archon.domain.manifest import Manifest
from archon.domain.task import FailureReason, TaskSpec
from archon.engine.outcomes import Refusal, Stopped
from archon.engine.scope import Scope
from archon.ports.sandbox import SandboxProvider
from archon.tools.agent_tool import ToolContext
from archon.tools.commands import as_text
from archon.tools.write_files import write_files


def tools_in(scope: Scope, sandbox: SandboxProvider, spec: TaskSpec) -> ToolContext:
    """Tools on the scope's workspace, which leave the task's inputs as they are."""
    return ToolContext(
        scope=scope, sandbox=sandbox, timeout_s=spec.run_timeout_s, protected=frozenset(spec.inputs)
    )


async def program_in(work: Programming) -> dict[str, str]:
    """Path → text of the program's files."""
    contents = await work.context.scope.workspace.contents(Manifest({**work.program()}))
    return {path: as_text(data) for path, data in sorted(contents.items())}


def cannot_be_met(agent: str, why: str) -> Stopped:
    """The end of a task whose objective no program can meet, as an agent says."""
    return Stopped(
        FailureReason.OBJECTIVE_CANNOT_BE_MET, f"The {agent} says that no program can meet it: {why}"
    )


def out_of_turns(agent: str, turns: int, outcome: str) -> Stopped:
    """The end of a task whose agent was cut off and left nothing to be judged."""
    return Stopped(
        FailureReason.TURNS_EXHAUSTED,
        f"The {agent} used up its {turns} turn{'' if turns == 1 else 's'} {outcome}",
    )


async def write_program(scope: Scope, files: Mapping[str, str]) -> None:
    """Write what a reply held. Raises: Stopped when its files cannot all be there."""
    try:
        await write_files(scope, files)
    except Refusal as refusal:
        raise Stopped(
            FailureReason.REPLY_NOT_UNDERSTOOD, f"The reply's files cannot be written: {refusal}"
        ) from refusal


def leave_program(work: Programming, spec: TaskSpec) -> None:
    """Take everything but the inputs and the program out of the workspace."""
    inputs = Manifest.from_json(spec.inputs)
    left = Manifest({**inputs.entries, **work.program()})
    work.context.scope.workspace.move_to(left.to_json(), whole=True)
