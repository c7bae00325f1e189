"""`archon reply`: answers what a task asks, and goes on with it here if nobody else does."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace

from archon.bootstrap import open_platform
from archon.cli.ask_person import asking
from archon.cli.work import work_on
from archon.services.answer_question import LONGEST_ANSWER_CHARS, reply_to_task
from archon.services.look_at_tasks import find_task
from archon.settings import load_settings


def reply(arguments: Namespace) -> int:
    text = sys.stdin.read(LONGEST_ANSWER_CHARS + 1) if arguments.text == "-" else arguments.text

    async def work() -> int:
        async with open_platform(load_settings(), ask=asking()) as platform:
            task_id = await find_task(platform, arguments.id)
            before = await platform.journal.row(task_id)
            await reply_to_task(platform, task_id, text=text, by="cli", question_id=arguments.question)
            return await work_on(
                platform,
                task_id,
                epoch=None,
                quiet=arguments.quiet,
                as_json=arguments.json,
                after=before.last_seq,
            )

    return asyncio.run(work())
