"""The same loop through Archon's engine: each model call and each sandboxed command is journaled.

`python -m bench.programs.archon_turns TURNS`, with where everything is in the environment. Until there is
a tool loop, this is one: a task under a lease, with its watcher, account, workspace and sandbox, as
`Advance` runs any other.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys

from archon.bootstrap import database_file, open_platform
from archon.domain.conversation import Message, ModelRequest, SystemBlock, Tool, ToolResult, user
from archon.domain.events import Draft, Finished
from archon.domain.execution import Command
from archon.domain.values import TaskId
from archon.engine.models.calls import Conversation
from archon.engine.run import Run
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.services.advance_task import Advance
from archon.services.platform import Platform
from archon.services.submit_task import Submission, submit_task
from archon.services.toolbox import toolbox_of
from archon.settings import load_settings
from archon.tools.commands import as_text, run_command
from bench.programs.conversation import (
    COMMAND,
    OBJECTIVE,
    SYSTEM,
    TOOL_DESCRIPTION,
    TOOL_NAME,
    TOOL_PARAMETERS,
    Report,
    result_of_turn,
)


class Turns(Advance):
    """A task that only turns: a model call, then the command it asked for."""

    def __init__(self, platform: Platform, task_id: TaskId, turns: int) -> None:
        super().__init__(platform, task_id)
        self._results = [result_of_turn(turn) for turn in range(turns)]
        self.report = Report()

    async def _advance(self, run: Run) -> None:
        platform = self._platform
        workspace = Workspace(self._folders.of(run.epoch), platform.folders, platform.journal)
        scope = Scope(run, workspace)
        conversation = Conversation(scope, toolbox_of(platform, run).models, _request())
        said = user(OBJECTIVE)
        for turn, printed in enumerate(self._results, start=1):
            response = await conversation.send(said)
            command = Command(argv=COMMAND, stdin=printed)
            ran = await run_command(scope, platform.sandbox, command)
            result = ToolResult(call_id=response.tool_calls[0].id, content=as_text(ran.stdout))
            said = Message(role="user", parts=(result,))
            self.report.turned()
            if turn in {len(self._results) // 2, len(self._results)}:
                self.report.kept_bytes[str(turn)] = _kept_bytes()
        await workspace.sessions.close()
        await run.append(Draft(body=Finished(status="completed")))


def _request() -> ModelRequest:
    return ModelRequest(
        role="coder",
        agent="turner",
        model="gpt-4.1",
        system=(SystemBlock(text=SYSTEM, cache=True),),
        messages=(),
        tools=(Tool(name=TOOL_NAME, description=TOOL_DESCRIPTION, parameters=TOOL_PARAMETERS),),
    )


def _kept_bytes() -> int:
    """The database with its log written back, which costs the same for any number of turns."""
    file = database_file(load_settings())
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*"))


async def main(turns: int) -> None:
    async with open_platform(load_settings()) as platform:
        submission = Submission(objective=OBJECTIVE, budget_microusd=1_000_000_000)
        row = await submit_task(platform, submission, roots=None, owner=platform.owners.id)
        task = Turns(platform, row.id, turns)
        ended = await task.run(epoch=row.lease_epoch)
        if ended.status != "completed":
            raise RuntimeError(f"the task is {ended.status}: {ended.reason}")
    task.report.print()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
