"""`archon logs`: the story of a task, from its beginning."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Iterable

from archon.bootstrap import open_platform
from archon.cli.exit_codes import DONE
from archon.cli.follow import Follower
from archon.cli.show import out, out_wrapped, say
from archon.cli.story_lines import Line
from archon.domain.event_json import event_to_json
from archon.domain.events import Event
from archon.services.look_at_tasks import as_seen, find_task, story_of_death
from archon.settings import load_settings


def logs(arguments: Namespace) -> int:
    async def work() -> int:
        async with open_platform(load_settings()) as platform:
            task_id = await find_task(platform, arguments.id)
            follower = Follower(
                platform,
                task_id,
                _print_exactly if arguments.json else _print,
                teller=_AsJson() if arguments.json else None,
            )
            if arguments.follow:
                await follower.follow()
            elif death := story_of_death(await as_seen(platform, await follower.catch_up())):
                say(f"{death.message} {death.hint}")
            return DONE

    return asyncio.run(work())


class _AsJson:
    """Every event as one line, those that no longer hold included."""

    def tell(self, event: Event) -> list[Line]:
        return [Line(json.dumps(event_to_json(event)))]


def _print(lines: Iterable[Line]) -> None:
    for line in lines:
        out_wrapped(line.text)


def _print_exactly(lines: Iterable[Line]) -> None:
    for line in lines:
        out(line.text)
