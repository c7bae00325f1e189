"""Takes a task under a lease and brings it as far as it goes: to its end, a question or a pause."""

from __future__ import annotations

import asyncio
import logging

from archon.domain.errors import ArchonError, Conflict, LeaseLost, RecordingExhausted
from archon.domain.events import Body, Draft, Finished, Paused, Problem, Waiting
from archon.domain.row import TaskRow
from archon.domain.task import FailureReason
from archon.domain.values import JsonObject, TaskId
from archon.engine.models.account import at_worst
from archon.engine.outcomes import Halted, Parked, Stopped
from archon.engine.run import Run
from archon.engine.scope import Scope
from archon.engine.workspace import Workspace
from archon.services.modes import mode_of
from archon.services.platform import Platform
from archon.services.toolbox import account_of, toolbox_of
from archon.services.working_folders import working_folders
from archon.workflows.registry import workflow

log = logging.getLogger(__name__)

DEAF_S = 1.0
"""The wait before doors are listened to again after that failed."""

STOPPED = "stopped"
"""The code of a pause that a runner made because it was told to stop."""


class Advance:
    """One execution of one task by this process."""

    def __init__(self, platform: Platform, task_id: TaskId) -> None:
        self._platform = platform
        self._task_id = task_id
        self._folders = working_folders(platform, task_id)
        self._work: asyncio.Task[None] | None = None
        self._run: Run | None = None
        self._is_pausing = False
        self._why = ""

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
        if row.status.is_final:
            await self._folders.remove_all()
        else:
            await self._folders.remove(epoch)
        return row

    def pause(self, why: str = "Stopped by its runner.") -> None:
        """Stop as soon as what runs can be stopped, and write down why; the task goes on with `resume`."""
        self._is_pausing = True
        self._why = self._why or why
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
            raise Halted
        workspace = Workspace(self._folders.of(run.epoch), platform.folders, platform.journal)
        try:
            await workflow(run.spec.workflow)(Scope(run, workspace), toolbox_of(platform, run))
        finally:
            await workspace.sessions.close()

    async def _watch(self, run: Run, work: asyncio.Task[None]) -> None:
        """Take in what doors write, and stop the work when they ask for it."""
        while not work.done():
            try:
                await self._listen(run)
            except ArchonError as error:
                log.warning("task %s cannot be watched for a moment: %s", self._task_id, error)
                await self._platform.clock.sleep(DEAF_S)
            if run.stop is not None:
                work.cancel()
                return

    async def _listen(self, run: Run) -> None:
        if await self._platform.journal.wait(self._task_id, after=lambda: run.last_seq, timeout_s=30):
            await run.catch_up()

    async def _settle(self, run: Run, work: asyncio.Task[None]) -> bool:
        """Write down how the work ended. Returns whether it should go on at once."""
        error = None if work.cancelled() else work.exception()
        if work.cancelled() or isinstance(error, Halted):
            await self._stopped(run)
            return False
        if isinstance(error, Parked):
            return await self._park(run, error)
        body = await self._ending(error)
        if isinstance(body, Finished):
            await self._end(run, body)
        elif body is not None:
            await run.append(Draft(body=body))
        return False

    async def _end(self, run: Run, body: Finished) -> None:
        """Write the end down, and settle what is still reserved: an ended task holds no money."""
        debts = await self._platform.journal.open_reservations(self._task_id)
        await run.append(*map(at_worst, debts), Draft(body=body))

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
            await self._end(run, Finished(status="cancelled"))
        elif run.stop == "pause":
            hint = f"`archon resume {self._task_id}` goes on."
            problem = Problem(code=STOPPED, message=self._why, hint=hint)
            await run.append(Draft(body=Paused(problem=problem)))

    async def _park(self, run: Run, parked: Parked) -> bool:
        """Let the task go, unless somebody wrote in the meantime: then look again."""
        question = parked.question
        asked: JsonObject = {"id": parked.asked_in, "topic": question.topic, "text": question.text}
        waiting = Waiting(question=asked | {"options": [*question.options]})
        try:
            await run.append(Draft(body=waiting), expect_seq=run.last_seq)
        except Conflict:
            return True
        return False


def _failed(reason: FailureReason, message: str) -> Finished:
    return Finished(status="failed", reason=reason, message=message)
