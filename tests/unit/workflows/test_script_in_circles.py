"""`script` whose agents with tools go in circles or run out of turns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.scripted import ScriptedModel
from archon.domain.errors import Conflict, InvalidInput
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.answer_question import reply_to_task
from archon.services.platform import Platform
from archon.services.replay_task import replay_task
from archon.services.resume_task import resume_task
from archon.services.task_view import TaskView
from tests.builders.platform import advance, build_platform, run, scripted
from tests.builders.replies import CHECKS, PLAN, SUM
from tests.builders.tool_runs import (
    FINISH,
    always,
    calls,
    runs,
    writes,
)


async def test_when_the_turns_are_used_up_the_program_is_judged_as_it_stands(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM)), calls(("list", {})))
    view = await always(tmp_path, model, max_turns=2)
    assert "last one that counts" in model.requests[3].messages[-1].text
    assert view.status is Status.COMPLETED


CIRCLE = calls(runs("cat nothing"))


async def stuck(folder: Path) -> tuple[Platform, TaskView, ScriptedModel]:
    """A task whose agent went in circles, was told, and went on."""
    model = scripted(PLAN, CHECKS, *[CIRCLE] * 6)
    platform = build_platform(folder, model)
    return platform, await run(platform, agent_loop="always"), model


async def test_an_agent_that_goes_in_circles_is_told_and_then_a_person_is_asked(tmp_path: Path) -> None:
    _, view, model = await stuck(tmp_path)
    assert (view.status, view.reason) == (Status.WAITING, "stuck")
    assert "going in circles: 3 times the same call" in model.requests[5].messages[-1].text
    assert "run cat nothing" in (view.question or "")


async def test_a_persons_words_reach_the_agent_and_the_task_goes_on(tmp_path: Path) -> None:
    platform, view, model = await stuck(tmp_path)
    with pytest.raises(Conflict, match="archon reply"):
        await resume_task(platform, TaskId(view.id), by="test", budget_microusd=1_000_000)
    with pytest.raises(InvalidInput):
        await reply_to_task(platform, TaskId(view.id), text="  ", by="test")
    await reply_to_task(platform, TaskId(view.id), text="There is no such file.", by="test")
    more = scripted(calls(writes("main.py", SUM), FINISH))
    again = await advance(replace(platform, models=replace(platform.models, model=more)), TaskId(view.id))  # type: ignore[type-var]
    assert again.status is Status.COMPLETED
    assert "A person says: There is no such file." in more.requests[0].messages[-1].text
    await replay_task(platform, TaskId(view.id), lambda: MemoryJournal(platform.clock))
    assert len(model.requests) == 8


async def test_a_task_that_asks_for_money_takes_no_words(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted())
    view = await run(platform)
    with pytest.raises(Conflict, match="asks nothing"):
        await reply_to_task(platform, TaskId(view.id), text="Go on.", by="test")
