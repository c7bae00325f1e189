"""`archon replay`, `rehearse` and `export`: what can be done with a task's record."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path

from archon.bootstrap import open_platform, scratch_journal
from archon.cli.exit_codes import DONE
from archon.cli.safe_text import printable
from archon.cli.show import out, print_json, say
from archon.cli.work import work_on
from archon.domain.values import TaskId
from archon.services.look_at_tasks import find_task
from archon.services.platform import Platform
from archon.services.recordings import export_task, import_recording
from archon.services.rehearse_task import Drift, find_drift, rehearse_task
from archon.services.replay_task import replay_task
from archon.settings import load_settings

SAME = "No drift from the recording."


def replay(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            task_id = await find_task(platform, arguments.id)
            done = await replay_task(platform, task_id, scratch_journal)
            if arguments.json:
                print_json({"task_id": task_id, "status": str(done.status), "effects": done.effects})
            else:
                out(f"Replayed {done.effects} effects, all equal; the task is {done.status} again.")
            return DONE

    return asyncio.run(work())


def rehearse(arguments: Namespace) -> int:
    file = _recording(arguments.source)

    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            source = await _source(platform, arguments.source, file)
            output = Path(arguments.output) if arguments.output else None
            row = await rehearse_task(platform, source, output_directory=output, owner=platform.owners.id)
            code = await work_on(
                platform, row.id, epoch=row.lease_epoch, quiet=arguments.quiet, as_json=arguments.json
            )
            await _report_drift(platform, row.id, source)
            return code

    return asyncio.run(work())


async def _source(platform: Platform, named: str, file: Path | None) -> TaskId:
    if file is None:
        return await find_task(platform, named)
    return (await import_recording(platform, file)).id


def _recording(named: str) -> Path | None:
    """The file that is meant; None for what is a task's id."""
    file = Path(named)
    return file if file.is_file() or file.suffix == ".jsonl" else None


async def _report_drift(platform: Platform, rehearsal: TaskId, source: TaskId) -> None:
    for line in _told(await find_drift(platform, rehearsal, source)):
        say(printable(line))


def _told(drift: list[Drift]) -> list[str]:
    """What came out differently, one thing a line. Other prompts alone are no news."""
    results = [f"  {each.where}: {each.what}" for each in drift if not each.is_prompt]
    if results:
        return ["Drift from the recording:", *results]
    if drift:
        return [
            SAME,
            "(Archon worded its questions to the models differently then; the end is the same.)",
        ]
    return [SAME]


def export(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            task_id = await find_task(platform, arguments.id)
            count = await export_task(platform, task_id, Path(arguments.file))
            if arguments.json:
                print_json({"task_id": task_id, "events": count, "file": arguments.file})
            else:
                out(f"{count} events written to {arguments.file}.")
            return DONE

    return asyncio.run(work())
