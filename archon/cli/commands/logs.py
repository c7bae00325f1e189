"""`archon logs`: the story of a task, from its beginning."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Iterable

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.cli.follow import AT_REST, Follower
from archon.cli.show import out
from archon.cli.story_lines import Line
from archon.domain.event_json import event_to_json
from archon.domain.values import TaskId
from archon.services.platform import Platform
from archon.settings import load_settings


def logs(arguments: Namespace) -> int:
    task_id = TaskId(arguments.id)

    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            if arguments.json:
                await _print_events(platform, task_id, follows=arguments.follow)
            else:
                follower = Follower(platform.journal, task_id, _print)
                await (follower.follow() if arguments.follow else follower.catch_up())
            return DONE

    return asyncio.run(work())


def _print(lines: Iterable[Line]) -> None:
    for line in lines:
        out(line.text)


async def _print_events(platform: Platform, task_id: TaskId, *, follows: bool) -> None:
    """Every event as one line of JSON, those that no longer hold included."""
    seen = 0
    while True:
        row = await platform.journal.row(task_id)
        for event in await platform.journal.events(task_id, after=seen):
            out(json.dumps(event_to_json(event)))
            seen = event.seq
        if row.last_seq <= seen and (not follows or row.status in AT_REST):
            return
        await platform.journal.wait(task_id, after=seen, timeout_s=5)
