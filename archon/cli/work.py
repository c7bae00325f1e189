"""Works on a task in this process, with its story on the screen and Ctrl-C as a pause."""

from __future__ import annotations

import asyncio
import os
import signal

from archon.cli import exit_codes
from archon.cli.follow import AT_REST, Follower
from archon.cli.printer import progress_printer
from archon.cli.safe_text import printable
from archon.cli.show import print_result, say
from archon.domain.errors import Conflict
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.advance_task import Advance
from archon.services.claim_task import claim_task
from archon.services.platform import Platform
from archon.services.read_task import read_task

WHY_STOPPED = {
    signal.SIGINT: "Stopped by Ctrl-C (SIGINT).",
    signal.SIGTERM: "Stopped by SIGTERM.",
    signal.SIGHUP: "Stopped by SIGHUP: its terminal was closed.",
}
"""What the journal is told of a signal."""
RECLAIM_S = 1.0
"""How often it is looked whether the process that has the task still lives."""


async def work_on(
    platform: Platform, task_id: TaskId, *, epoch: int | None, quiet: bool, as_json: bool, after: int = 0
) -> int:
    """Bring the task to its end, question or pause, print the result, and return the exit code.

    Without an `epoch` the task is claimed first. While another process has it, it is followed, and
    taken over when that process is gone. Raises: DatabaseError.
    """
    show = progress_printer(quiet=quiet)
    follower = Follower(platform, task_id, show, after=after)
    if epoch is None:
        epoch = await _claim_or_follow(platform, task_id, follower)
    row = await (follower.catch_up() if epoch is None else _work(platform, task_id, epoch, follower))
    await print_result(platform, row, as_json=as_json)
    await _say_how_to_go_on(platform, row, quiet=quiet)
    return exit_codes.of_task(row.status, row.reason)


async def _say_how_to_go_on(platform: Platform, row: TaskRow, *, quiet: bool) -> None:
    if row.status is Status.COMPLETED:
        return
    view = await read_task(platform, row.id)
    if quiet:
        say(printable(f"{row.status}: {view.message} {view.advice}".rstrip()))
    elif row.status is Status.WAITING:
        say(view.advice)
    command = f"archon resume {row.id}"
    if row.status is Status.PAUSED and command not in view.advice:  # which was told already
        say(f"Go on with: {command}")


async def _claim_or_follow(platform: Platform, task_id: TaskId, follower: Follower) -> int | None:
    """The epoch of a claim; None when the task came to rest in somebody else's hands."""
    is_told = False
    while True:
        row = await follower.catch_up()
        if row.status in AT_REST:
            return None
        try:
            return await claim_task(platform, task_id)
        except Conflict:
            if not is_told:
                say("Another process works on this task; following it.")
                is_told = True
            await follower.wait(RECLAIM_S)


async def _work(platform: Platform, task_id: TaskId, epoch: int, follower: Follower) -> TaskRow:
    advance = Advance(platform, task_id)
    _pause_on_signals(advance)
    telling = asyncio.create_task(follower.follow())
    try:
        await advance.run(epoch=epoch)
    finally:
        telling.cancel()
    return await follower.catch_up()


def _pause_on_signals(advance: Advance) -> None:
    """The first signal pauses; the second one ends the process at once, and loses nothing either.

    A terminal that closes may say so twice, by the kernel and by the shell: that hurries nobody.
    """
    loop = asyncio.get_running_loop()
    heard = False

    def pause(number: signal.Signals) -> None:
        nonlocal heard
        if heard and number is not signal.SIGHUP:
            os._exit(exit_codes.INTERRUPTED)
        if heard:
            return
        heard = True
        say("\nStopping; once more to stop at once.")
        advance.pause(WHY_STOPPED[number])

    for number in WHY_STOPPED:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as nohup does
            loop.add_signal_handler(number, pause, number)
