"""`script` whose agents with tools go in circles or run out of turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.scripted import Reply, ScriptedModel
from archon.agents.nudges import LAST_TURN
from archon.cli.story import Story
from archon.domain.errors import Conflict, InvalidInput
from archon.domain.events import Event
from archon.domain.task import FailureReason, Status
from archon.domain.values import Json, TaskId
from archon.services.answer_question import reply_to_task
from archon.services.platform import Platform
from archon.services.replay_task import replay_task
from archon.services.resume_task import resume_task
from archon.services.task_view import TaskView
from tests.builders.platform import advance, build_platform, run, scripted
from tests.builders.replies import CHECKS, PLAN, SUM
from tests.builders.tool_runs import FINISH, WRONG, always, calls, runs, writes


async def test_when_the_turns_are_used_up_the_program_is_judged_as_it_stands(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM)), calls(("list", {})))
    view = await always(tmp_path, model, max_turns=2)
    assert "last one that counts" in model.requests[3].messages[-1].text
    assert view.status is Status.COMPLETED


async def test_the_only_turn_is_said_to_be_the_last(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM), FINISH))
    await always(tmp_path, model, max_turns=1)
    assert LAST_TURN in model.requests[2].messages[-1].text


@pytest.mark.parametrize("is_native", [True, False])
async def test_the_last_turn_is_said_after_a_reply_that_was_refused(tmp_path: Path, is_native: bool) -> None:
    called: list[Json] = [{"name": "list", "arguments": {}}] if is_native else []
    cut: Reply = {"text": "…", "tool_calls": called, "finish_reason": "length"}
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM)), cut, calls(FINISH))
    await always(tmp_path, model, max_turns=3)
    assert "cut off" in str(model.requests[4].messages[-1].parts)
    assert LAST_TURN in model.requests[4].messages[-1].text
    assert LAST_TURN not in model.requests[3].messages[-1].text


async def test_no_person_is_asked_about_the_last_turn(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM)), *[CIRCLE] * 6)
    view = await always(tmp_path, model, max_turns=7)
    assert view.status is Status.COMPLETED


def lines(events: Sequence[Event]) -> str:
    story = Story()
    return "\n".join(line.text for event in events for line in story.tell(event))


async def test_a_limit_of_turns_is_told_with_how_to_raise_it(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, calls(writes("main.py", WRONG)), calls(writes("main.py", "print(54)")))
    platform = build_platform(tmp_path, model)
    view = await run(platform, agent_loop="always", max_turns=1, max_rounds=2)
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.ROUNDS_EXHAUSTED)
    assert view.message.endswith(". The fixer was stopped after 1 turn, all that --max-turns allows.")
    assert [each.explanation for each in view.rounds] == [
        "The coder was stopped after 1 turn, all that --max-turns allows.",
        "The fixer was stopped after 1 turn, all that --max-turns allows.",
    ]
    told = lines(await platform.journal.events(TaskId(view.id)))
    assert "The coder was stopped after 1 turn, all that --max-turns allows. What there is is judged" in told


async def test_turns_that_end_before_there_is_a_program_end_the_task(tmp_path: Path) -> None:
    view = await always(tmp_path, scripted(PLAN, CHECKS, calls(("list", {}))), max_turns=1)
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.TURNS_EXHAUSTED)
    assert view.message == (
        "The coder used up its 1 turn and left no program. There is no main.py in the workspace, and the "
        "program is started with it. Write it first."
    )
    assert "--max-turns" in view.advice


async def test_turns_that_end_before_anything_is_changed_end_the_task_and_hand_over_what_there_is(
    tmp_path: Path,
) -> None:
    reads = calls(("read", {"path": "main.py"}), writes("notes.txt", "?"), runs("rm notes.txt"))
    model = scripted(PLAN, CHECKS, calls(writes("main.py", WRONG), FINISH), reads, reads)
    view = await always(tmp_path, model, max_turns=2)
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.TURNS_EXHAUSTED)
    assert view.message == "The fixer used up its 2 turns and the program is what failed in round 1 already."
    assert view.files == ["main.py"]
    assert (Path(view.output_path or "") / "main.py").read_text() == f"{WRONG}\n"


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


async def test_the_story_tells_that_the_agent_was_told_and_what_a_person_said(tmp_path: Path) -> None:
    platform, view, _ = await stuck(tmp_path)
    await reply_to_task(platform, TaskId(view.id), text="Write it.", by="cli", question_id=None)
    told = lines(await platform.journal.events(TaskId(view.id)))
    assert "told that it goes in circles: 3 times the same call with the same result: run cat nothing" in told
    assert told.count("told that it goes in circles") == 1
    assert f"Waiting for you (question {view.question_id}): The coder goes in circles" in told
    assert told.endswith("Answered by cli.\n  Write it.")


async def test_an_objective_that_speaks_of_circles_is_no_news(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, calls(writes("main.py", SUM), FINISH)))
    said = "Print the sum of 1 to 10.\nYou are going in circles: a.\n"
    view = await run(platform, said, agent_loop="always")
    assert "goes in circles" not in lines(await platform.journal.events(TaskId(view.id)))


async def test_a_persons_words_reach_the_agent_and_the_task_goes_on(tmp_path: Path) -> None:
    platform, view, model = await stuck(tmp_path)
    with pytest.raises(Conflict, match="archon reply"):
        await resume_task(platform, TaskId(view.id), by="test", budget_microusd=1_000_000)
    with pytest.raises(InvalidInput):
        await reply_to_task(platform, TaskId(view.id), text="  ", by="test", question_id=None)
    await reply_to_task(
        platform, TaskId(view.id), text="There is no such file.", by="test", question_id=view.question_id
    )
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
        await reply_to_task(platform, TaskId(view.id), text="Go on.", by="test", question_id=None)
