"""`archon resume`: lets a task go on, here if nobody else takes it."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.ask_person import asking
from archon.cli.show import say
from archon.cli.work import work_on
from archon.domain.task import Status
from archon.services.look_at_tasks import find_task
from archon.services.resume_task import resume_task
from archon.settings import load_settings


def resume(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings(), ask=asking()) as platform:
            task_id = await find_task(platform, arguments.id)
            before = await platform.journal.row(task_id)
            if before.status is Status.COMPLETED:
                say("It has been completed already, here or by a server.")
            else:
                await resume_task(platform, task_id, by="cli", budget_microusd=arguments.max_budget_usd)
            return await work_on(
                platform,
                task_id,
                epoch=None,
                quiet=arguments.quiet,
                as_json=arguments.json,
                after=before.last_seq,
            )

    return asyncio.run(work())
