"""`archon cancel`: ends a task that is not wanted any more."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.cli.follow import AT_REST, Follower
from archon.cli.printer import progress_printer
from archon.cli.show import out
from archon.domain.values import TaskId
from archon.services.cancel_task import cancel_task
from archon.settings import load_settings


def cancel(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            row = await cancel_task(platform, TaskId(arguments.id), by="cli")
            if row.status not in AT_REST:
                follower = Follower(platform.journal, row.id, progress_printer(), after=row.last_seq - 1)
                row = await follower.follow()
            out(f"{row.id} is {row.status}.")
            return DONE

    return asyncio.run(work())
