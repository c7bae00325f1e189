"""`kill -9` at every write to the journal, before it and after it: the task ends the same."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest

from archon.adapters.sql.migrate import upgrade
from archon.bootstrap import open_platform
from archon.domain.events import Completed
from archon.domain.task import Status
from archon.services.read_task import read_task
from archon.services.task_view import TaskView
from archon.settings import load_settings
from tests.crash.victim import (
    TOOLS,
    WHOLE_FILES,
    Course,
    environment,
    in_child,
    resume,
    work_until_killed,
)

WRITES, TOOL_WRITES = 45, 60
"""At least as many as the tasks make; what lies above is not reached and costs nothing."""


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the current schema, made once."""
    file = tmp_path_factory.mktemp("empty") / "archon.db"
    upgrade(file)
    return file


@pytest.fixture
def root(tmp_path: Path, empty_database: Path) -> Path:
    (tmp_path / "data").mkdir()
    shutil.copy(empty_database, tmp_path / "data")
    return tmp_path


async def recorded_calls(root: Path) -> set[str]:
    """The scopes and keys of the model calls whose answers are in the journal."""
    async with open_platform(load_settings(environment(root))) as platform:
        rows = await platform.journal.rows()
        events = [e for row in rows for e in await platform.journal.events(row.id)]
    return {
        f"{e.scope}:{e.key.split('.')[-1]}"
        for e in events
        if isinstance(e.body, Completed) and e.body.effect == "model"
    }


async def views(root: Path) -> list[TaskView]:
    async with open_platform(load_settings(environment(root))) as platform:
        return [await read_task(platform, row.id) for row in await platform.journal.rows()]


@pytest.mark.parametrize("after_writing", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_a_killed_task_goes_on_and_pays_no_call_twice(root: Path, at: int, after_writing: bool) -> None:
    kill_and_resume(root, WHOLE_FILES, at=at, after_writing=after_writing)


@pytest.mark.parametrize("at", range(1, TOOL_WRITES + 1))
def test_a_task_killed_between_the_turns_of_an_agent_goes_on_as_well(root: Path, at: int) -> None:
    kill_and_resume(root, TOOLS, at=at, after_writing=True)


def kill_and_resume(root: Path, course: Course, *, at: int, after_writing: bool) -> None:
    status = in_child(lambda: work_until_killed(root, course, at=at, after_writing=after_writing))
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0 and int((root / "writes").read_text()) < at
        return
    assert os.WTERMSIG(status) == signal.SIGKILL
    paid = asyncio.run(recorded_calls(root))
    assert in_child(lambda: resume(root, course)) == 0
    ended = asyncio.run(views(root))
    if not ended:
        assert at == 1 and not after_writing
        return
    (task,) = ended
    assert task.status is Status.COMPLETED, task.message
    assert [round_.passed for round_ in task.rounds] == [False, True]
    assert (root / "output" / task.id / "sum.txt").read_text() == "55\n"
    calls = Counter((root / "calls.log").read_text().split())
    assert set(calls) == set(course.said)
    assert all(calls[key] == 1 for key in paid), "an answer that was recorded is never asked for again"
    assert sum(calls.values()) <= len(calls) + 1, "at most the call in flight is made again"
