"""Scripts and folders that cannot be used are found before a task begins, and told by the doctor."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.model.route import Providers
from archon.adapters.model.source import Models
from archon.domain.errors import ConfigurationError
from archon.domain.events import Awaiting
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.examine import examine
from archon.services.platform import Platform, RoleModels
from archon.services.resume_task import resume_task
from archon.testing.manual_clock import ManualClock
from tests.builders.platform import advance, another_process, bodies, build_platform, run, scripted, submit
from tests.builders.replies import CHECKS, PLAN, SUM, fenced


def played(folder: Path, model: str) -> Platform:
    """A platform whose every role has this model string, opened as it is in production."""
    platform = build_platform(folder, scripted())
    roles = RoleModels(planner=model, coder=model, fixer=model)
    return replace(platform, roles=roles, models=Models(Providers(), platform.clock))


def write(path: Path, *replies: object) -> None:
    path.write_text("\n".join(map(json.dumps, replies)))


async def test_a_script_that_is_not_there_starts_no_task(tmp_path: Path) -> None:
    platform = played(tmp_path, f"scripted/{tmp_path}/none.jsonl")
    with pytest.raises(ConfigurationError, match=r"none\.jsonl cannot be played: no such file"):
        await submit(platform, use_sandbox=False)
    assert await platform.journal.rows(limit=1) == []


async def test_a_script_that_cannot_be_played_is_not_well(tmp_path: Path) -> None:
    platform = played(tmp_path, f"scripted/{tmp_path}/story.jsonl")
    for content, is_well in (('{"txet": 1}', False), ('"one"', True)):
        (tmp_path / "story.jsonl").write_text(content)
        found = next(each for each in await examine(platform) if each.part == "models")
        assert found.is_well is is_well
        assert bool(found.cure) is not is_well


async def test_a_script_at_its_end_pauses_the_task_which_goes_on_with_what_is_added(tmp_path: Path) -> None:
    story = tmp_path / "story.jsonl"
    write(story, PLAN, CHECKS)
    platform = played(tmp_path, f"scripted/{story}")
    paused = await run(platform)
    assert paused.status is Status.PAUSED
    assert "no reply left" in paused.message and "Add the missing reply" in paused.advice
    write(story, PLAN, CHECKS, fenced("main.py", SUM))
    fresh = replace(another_process(platform), models=Models(Providers(), platform.clock))
    task = TaskId(paused.id)
    await resume_task(fresh, task, by="a test")
    assert (await advance(fresh, task)).status is Status.COMPLETED


class Person(ManualClock):
    """Answers whatever lies on the desk each time somebody waits."""

    def __init__(self, desk: Path, *replies: str) -> None:
        super().__init__()
        self.desk, self.replies = desk, list(replies)

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        for asked in sorted(self.desk.glob("*.request.md")):
            place = asked.with_name(asked.name.replace("request", "response"))
            if not place.exists():
                place.write_text(self.replies.pop(0))


async def test_where_a_person_is_to_answer_is_told_as_it_is_waited_for(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    person = Person(desk, PLAN, CHECKS, fenced("main.py", SUM))
    platform = replace(played(tmp_path, f"manual/{desk}"), models=Models(Providers(), person))
    view = await run(platform)
    assert view.status is Status.COMPLETED
    told = [body.place for body in await bodies(platform, view.id, Awaiting)]
    assert told == [str(path) for path in sorted(desk.glob("*.response.md"))]
    assert len(told) == 3
