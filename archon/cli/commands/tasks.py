"""`archon tasks`: what there is, and what became of it."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.cli.show import print_json, say, view_json
from archon.cli.task_pages import print_rows, print_view, row_json
from archon.domain.values import TaskId
from archon.services.look_at_tasks import find_task, is_rehearsal, look_at_tasks
from archon.services.platform import Platform
from archon.services.read_task import read_task
from archon.settings import load_settings


def tasks(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            if arguments.id:
                await _show_one(platform, await find_task(platform, arguments.id), as_json=arguments.json)
            else:
                await _list(platform, limit=arguments.limit, as_json=arguments.json)
            return DONE

    return asyncio.run(work())


async def _show_one(platform: Platform, task_id: TaskId, *, as_json: bool) -> None:
    view = await read_task(platform, task_id)
    if as_json:
        print_json(view_json(view))
    else:
        print_view(view)


async def _list(platform: Platform, *, limit: int, as_json: bool) -> None:
    rows = await look_at_tasks(platform, limit=limit)
    rehearsals = {row.id for row in rows if await is_rehearsal(platform, row.id)}
    if as_json:
        print_json([row_json(row, is_rehearsal=row.id in rehearsals) for row in rows])
    elif rows:
        print_rows(rows, rehearsals)
    else:
        say('No tasks yet. Try: archon run "print the first ten primes"')
