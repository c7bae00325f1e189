"""Runs tasks of `script` in one process, as many at once as the settings say.

`python -m bench.programs.many_tasks COUNT OBJECTIVE` prints how they ended and the memory they took.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

from archon.bootstrap import open_platform
from archon.domain.row import TaskRow
from archon.domain.values import TaskId
from archon.services.platform import Platform
from archon.services.run_tasks import Runner
from archon.services.submit_task import Submission, submit_task
from archon.settings import load_settings
from bench.programs.conversation import peak_mb


async def main(count: int, objective: str) -> None:
    async with open_platform(load_settings()) as platform:
        ids = [
            (await submit_task(platform, Submission(objective=objective), roots=None)).id
            for _ in range(count)
        ]
        runner = Runner(platform)
        working = asyncio.create_task(runner.run())
        rows = await asyncio.gather(*(_end(platform, each) for each in ids))
        working.cancel()
        await runner.stop()
    statuses = Counter(f"{row.status.value} {row.reason}".strip() for row in rows)
    print(json.dumps({"statuses": statuses, "peak_mb": peak_mb()}))


async def _end(platform: Platform, task_id: TaskId) -> TaskRow:
    """The task when it runs no more."""
    row = await platform.journal.row(task_id)
    while row.status in {"queued", "running"}:
        await platform.journal.wait(task_id, after=row.last_seq, timeout_s=60)
        row = await platform.journal.row(task_id)
    return row


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
