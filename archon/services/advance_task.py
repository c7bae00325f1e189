"""Takes a task under a lease and brings it as far as it goes: to its end, a question or a pause."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from archon.domain.errors import ArchonError, Conflict, LeaseLost, NotFound, RecordingExhausted
from archon.domain.events import Body, Draft, Finished, Paused, Problem, Waiting
from archon.domain.row import TaskRow
from archon.domain.task import FailureReason
from archon.domain.values import TaskId
from archon.engine.outcomes import Parked, Stopped
from archon.engine.run import Run
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.services.modes import mode_of
from archon.services.platform import Platform
from archon.services.toolbox import account_of, toolbox_of
from archon.workflows.registry import workflow

log = logging.getLogger(__name__)

STOPPED = "stopped"
"""The code of a pause that a runner made because it was told to stop."""


class Advance:
    """One execution of one task by this process."""

    def __init__(self, platform: Platform, task_id: TaskId) -> None:
        self._platform = platform
        self._task_id = task_id
        self._work: asyncio.Task[None] | None = None
        self._run: Run | None = None
        self._is_pausing = False

    async def run(self, *, epoch: int) -> TaskRow:
        """Work under the lease of `epoch` until the task ends, waits or pauses; return it then.

        Raises: nothing of the task's own; DatabaseError when the journal cannot be written.
        """
        run = await self._open(epoch)
        try:
            while await self._once(run):
                await run.catch_up()
        except (LeaseLost, Conflict) as error:
            log.info("task %s is no longer this runner's: %s", self._task_id, error)
        row = await self._platform.journal.row(self._task_id)
        if row.status.is_final and run.stop != "lost":
            await self._tidy()
        return row

    async def _tidy(self) -> None:
        """Remove the working folder of an ended task: all that it held is in the journal."""
        workspaces = self._folder().parent
        try:
            folder = self._platform.folders.open(workspaces)
            await asyncio.to_thread(folder.remove, self._task_id)
        except (NotFound, OSError) as error:
            log.info("the working folder of task %s stays: %s", self._task_id, error)

    def pause(self) -> None:
        """Stop as soon as what runs can be stopped; the task goes on with `resume`."""
        self._is_pausing = True
        if self._run is not None and self._run.stop is None:
            self._run.stop = "pause"
        if self._work is not None:
            self._work.cancel()

    async def _open(self, epoch: int) -> Run:
        journal = self._platform.journal
        run = Run(
            task_id=self._task_id,
            epoch=epoch,
            journal=journal,
            mode=await mode_of(journal, self._task_id),
            renew=self._platform.owners.beat,
        )
        await run.catch_up()
        if self._is_pausing and run.stop is None:
            run.stop = "pause"
        self._run = run
        return run

    async def _once(self, run: Run) -> bool:
        """Go through the workflow once. Returns whether to go through it again at once."""
        self._work = asyncio.create_task(self._advance(run))
        watch = asyncio.create_task(self._watch(run, self._work))
        try:
            await asyncio.wait({self._work})
        finally:
            watch.cancel()
        return await self._settle(run, self._work)

    async def _advance(self, run: Run) -> None:
        platform = self._platform
        await account_of(platform, run).settle_orphans()
        if run.stop is not None:
            raise asyncio.CancelledError
        workspace = Workspace(self._folder(), platform.folders, platform.journal)
        await workflow(run.spec.workflow)(Scope(run, workspace), toolbox_of(platform, run))

    def _folder(self) -> Path:
        return self._platform.data_directory / "workspaces" / self._task_id

    async def _watch(self, run: Run, work: asyncio.Task[None]) -> None:
        """Take in what doors write, and stop the work when they ask for it."""
        while not work.done():
            seen = run.last_seq
            is_news = await self._platform.journal.wait(self._task_id, after=seen, timeout_s=30)
            if is_news and run.last_seq == seen:  # not what this run wrote itself
                await run.catch_up()
            if run.stop is not None:
                work.cancel()
                return

    async def _settle(self, run: Run, work: asyncio.Task[None]) -> bool:
        """Write down how the work ended. Returns whether it should go on at once."""
        if work.cancelled():
            await self._stopped(run)
            return False
        error = work.exception()
        if isinstance(error, Parked):
            return await self._park(run, error)
        body = await self._ending(error)
        if body is not None:
            await run.append(Draft(body=body))
        return False

    async def _ending(self, error: BaseException | None) -> Body | None:
        match error:
            case None:
                row = await self._platform.journal.row(self._task_id)
                if row.status.is_final:
                    return None
                return _failed(FailureReason.INTERNAL, "The workflow returned without an end.")
            case LeaseLost():
                raise error
            case Stopped():
                return _failed(error.reason, error.message)
            case RecordingExhausted():
                return _failed(FailureReason.RECORDING_EXHAUSTED, error.message)
            case ArchonError():
                return Paused(problem=Problem(code=error.code, message=error.message, hint=error.hint))
            case _:
                log.error("task %s failed inside Archon", self._task_id, exc_info=error)
                return _failed(FailureReason.INTERNAL, f"{type(error).__name__}: {error}")

    async def _stopped(self, run: Run) -> None:
        if run.stop == "cancel":
            await run.append(Draft(body=Finished(status="cancelled")))
        elif run.stop == "pause":
            problem = Problem(code=STOPPED, message="Stopped by its runner.", hint="Resume it to go on.")
            await run.append(Draft(body=Paused(problem=problem)))

    async def _park(self, run: Run, parked: Parked) -> bool:
        """Let the task go, unless somebody wrote in the meantime: then look again."""
        question = parked.question
        asked = Waiting(
            question={"topic": question.topic, "text": question.text, "options": list(question.options)}
        )
        try:
            await run.append(Draft(body=asked), expect_seq=run.last_seq)
        except Conflict:
            return True
        return False


def _failed(reason: FailureReason, message: str) -> Finished:
    return Finished(status="failed", reason=reason, message=message)
