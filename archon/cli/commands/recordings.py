"""`archon replay`, `rehearse` and `export`: what can be done with a task's record."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path

from archon.bootstrap import open_platform, scratch_journal
from archon.cli.exit_codes import DONE
from archon.cli.printer import say
from archon.cli.safe_text import printable
from archon.cli.show import out
from archon.cli.work import work_on
from archon.domain.values import TaskId
from archon.services.platform import Platform
from archon.services.recordings import export_task, import_recording
from archon.services.rehearse_task import Drift, find_drift, rehearse_task
from archon.services.replay_task import replay_task
from archon.settings import load_settings


def replay(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            done = await replay_task(platform, TaskId(arguments.id), scratch_journal)
            out(f"Replayed {done.effects} effects, all equal; the task is {done.status} again.")
            return DONE

    return asyncio.run(work())


def rehearse(arguments: Namespace) -> int:
    file = _recording(arguments.source)

    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            source = (await import_recording(platform, file)).id if file else TaskId(arguments.source)
            output = Path(arguments.output) if arguments.output else None
            row = await rehearse_task(platform, source, output_directory=output, owner=platform.owners.id)
            code = await work_on(
                platform, row.id, epoch=row.lease_epoch, quiet=arguments.quiet, as_json=arguments.json
            )
            await _report_drift(platform, row.id, source)
            return code

    return asyncio.run(work())


def _recording(named: str) -> Path | None:
    """The file that is meant; None for what is a task's id."""
    file = Path(named)
    return file if file.is_file() or file.suffix == ".jsonl" else None


async def _report_drift(platform: Platform, rehearsal: TaskId, source: TaskId) -> None:
    drift = await find_drift(platform, rehearsal, source)
    say("\n".join(printable(line) for line in _told(drift)))


def _told(drift: list[Drift]) -> list[str]:
    prompts = "; ".join(f"{each.where}: {each.what}" for each in drift if each.is_prompt)
    results = [f"  {each.where}: {each.what}" for each in drift if not each.is_prompt]
    told = ["Drift from the recording:", *results] if results else ["No drift from the recording."]
    return [*told, f"It was recorded with earlier prompts ({prompts})."] if prompts else told


def export(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            count = await export_task(platform, TaskId(arguments.id), Path(arguments.file))
            out(f"{count} events written to {arguments.file}.")
            return DONE

    return asyncio.run(work())
