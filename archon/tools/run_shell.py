"""`run`: a shell command in the sandbox."""

from __future__ import annotations

from archon.domain.conversation import Tool
from archon.domain.execution import Command
from archon.domain.values import JsonObject
from archon.tools.agent_tool import AgentTool, ToolContext, ToolFailed, shown
from archon.tools.commands import Ran, as_text, run_command

SHELL = ("sh", "-c")

_DEFINITION = Tool(
    name="run",
    description=(
        "Run a shell command in the workspace; it may also write below /tmp. Shows its exit code where that "
        "is not 0, its output, then its standard error (2>&1 mixes them). No network but its own loopback "
        "address; what it started is ended with it, and it is killed when it takes too long."
    ),
    parameters={
        "type": "object",
        "properties": {"command": {"type": "string", "description": "Such as: python main.py < data.txt"}},
        "required": ["command"],
        "additionalProperties": False,
    },
)


async def _run(context: ToolContext, arguments: JsonObject) -> str:
    command = str(arguments["command"])
    if not command.strip() or "\0" in command:
        raise ToolFailed("The command is empty or has a NUL in it.")
    before = context.scope.workspace.manifest
    ran = await run_command(
        context.scope, context.sandbox, Command(argv=(*SHELL, command), timeout_s=context.timeout_s)
    )
    undone = [
        f"{path} is an input, which stays as it is: what the command did to it was undone."
        for path in context.put_inputs_back(before)
    ]
    return "\n".join([describe(ran, context.timeout_s), *undone])


def describe(ran: Ran, timeout_s: float) -> str:
    """What a command came to, as a model reads it: its output alone where it did what it should.

    Nothing in it changes from run to run by itself.
    """
    stdout, stderr = as_text(ran.stdout), as_text(ran.stderr).rstrip("\n")
    ended = _ended(ran, timeout_s)
    parts = [ended] if ended else []
    if stdout.strip():
        parts.append(shown(stdout))
    if stderr:
        parts += ["Standard error:", shown(stderr)]
    parts += [f"The sandbox refused the network to {each.target}: {each.reason}" for each in ran.refusals]
    if ran.is_truncated:
        parts.append("[The output was longer than is kept.]")
    return "\n".join(parts) or "It ended with exit code 0 and printed nothing."


def _ended(ran: Ran, timeout_s: float) -> str:
    """How it failed; empty when it did not."""
    if ran.timed_out:
        return f"It did not end within {timeout_s:g} seconds and was killed."
    if ran.out_of_memory:
        return "It used more memory than it may and was killed."
    if ran.out_of_disk:
        return "It wrote more into the workspace than it may and was killed."
    return f"Exit code {ran.exit_code}" if ran.exit_code else ""


RUN = AgentTool(definition=_DEFINITION, perform=_run)
