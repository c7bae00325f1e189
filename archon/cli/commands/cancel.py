"""`archon cancel`: ends a task that is not wanted any more."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.cli.follow import AT_REST, Follower
from archon.cli.printer import progress_printer
from archon.cli.show import out, print_json
from archon.cli.task_pages import row_json
from archon.services.cancel_task import cancel_task
from archon.services.look_at_tasks import find_task
from archon.settings import load_settings


def cancel(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            row = await cancel_task(platform, await find_task(platform, arguments.id), by="cli")
            if row.status not in AT_REST:
                follower = Follower(platform, row.id, progress_printer(), after=row.last_seq - 1)
                row = await follower.follow()
            if arguments.json:
                print_json(row_json(row))
            else:
                out(f"{row.id} is {row.status}.")
            return DONE

    return asyncio.run(work())
