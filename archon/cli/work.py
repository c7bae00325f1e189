"""Works on a task in this process, with its story on the screen and Ctrl-C as a pause."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from archon.cli import exit_codes
from archon.cli.follow import AT_REST, Show, follow
from archon.cli.printer import progress_printer
from archon.cli.show import print_result
from archon.cli.story import Line
from archon.domain.errors import Conflict
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.advance_task import Advance
from archon.services.claim_task import claim_task
from archon.services.platform import Platform


async def work_on(
    platform: Platform, task_id: TaskId, *, epoch: int | None, quiet: bool, as_json: bool, after: int = 0
) -> int:
    """Bring the task to its end, question or pause, print the result, and return the exit code.

    Without an `epoch` the task is claimed first; where somebody else has it, it is only followed.
    Raises: DatabaseError.
    """
    show = progress_printer(quiet=quiet)
    if epoch is None:
        epoch = await _claim(platform, task_id)
    if epoch is None:
        show([Line("Another process works on this task; following it.", "dim")])
        row = await follow(platform.journal, task_id, show, after=after)
    else:
        row = await _work(platform, task_id, epoch, show, after)
    await print_result(platform, row, as_json=as_json)
    _say_how_to_go_on(row)
    return exit_codes.of_task(row.status, row.reason)


async def _claim(platform: Platform, task_id: TaskId) -> int | None:
    try:
        return await claim_task(platform, task_id)
    except Conflict:
        return None


async def _work(platform: Platform, task_id: TaskId, epoch: int, show: Show, after: int) -> TaskRow:
    advance = Advance(platform, task_id)
    _pause_on_signals(advance)
    work = asyncio.create_task(advance.run(epoch=epoch))
    telling = asyncio.create_task(
        follow(
            platform.journal,
            task_id,
            show,
            until=lambda row: work.done() or row.status in AT_REST,
            after=after,
        )
    )
    try:
        row = await work
    except BaseException:
        telling.cancel()
        raise
    await telling
    return row


def _pause_on_signals(advance: Advance) -> None:
    """The first signal pauses; the second one ends the process at once, and loses nothing either."""
    loop = asyncio.get_running_loop()
    heard = False

    def pause() -> None:
        nonlocal heard
        if heard:
            os._exit(exit_codes.INTERRUPTED)
        heard = True
        print("\nStopping; once more to stop at once.", file=sys.stderr)  # noqa: T201
        advance.pause()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, pause)


def _say_how_to_go_on(row: TaskRow) -> None:
    if row.status is Status.PAUSED:
        print(f"Go on with: archon resume {row.id}", file=sys.stderr)  # noqa: T201
    elif row.status is Status.WAITING:
        print(f"Answer with: archon resume {row.id} --max-budget-usd X", file=sys.stderr)  # noqa: T201
