"""An answer belongs to one question: the first one counts, a late one is refused, none goes astray."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import Conflict
from archon.domain.events import Answered, Draft, Event, Started, Waiting
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.ports.clock import Clock
from archon.services.answer_question import reply_to_task
from archon.services.cancel_task import cancel_task
from archon.services.platform import Platform
from archon.services.read_task import read_task
from tests.builders.platform import build_platform, scripted, submit


@dataclass(frozen=True)
class World:
    """A task that asks what a test has it ask, without anybody working on it."""

    platform: Platform
    task_id: TaskId

    async def ask(self, text: str, *, number: int, topic: str = "stuck") -> int:
        request: Any = {"topic": topic, "text": text, "options": ["say what it should do"], "target": ""}
        asked = Draft(body=Started(effect="question", request=request), key=f"0.{number}", hash=f"h{number}")
        row = await self.platform.journal.row(self.task_id)
        epoch = await self.platform.journal.claim(self.task_id, "me", from_epoch=row.lease_epoch)  # type: ignore[arg-type]
        (event,) = await self.platform.journal.append(self.task_id, [asked], epoch=epoch)
        waiting = Draft(body=Waiting(question={"id": event.seq, **request}))
        await self.platform.journal.append(self.task_id, [waiting], epoch=epoch)
        return event.seq

    async def reply(self, question: int | None, text: str = "Go on.", by: str = "test") -> TaskRow:
        return await reply_to_task(self.platform, self.task_id, text=text, by=by, question_id=question)

    async def answers(self) -> list[tuple[str, str]]:
        """Key and author of each."""
        events = await self.platform.journal.events(self.task_id)
        return [(e.key, e.body.by) for e in events if isinstance(e.body, Answered)]


@pytest.fixture
async def world(tmp_path: Path) -> World:
    platform = build_platform(tmp_path, scripted())
    return World(platform, await submit(platform))


async def test_a_waiting_task_shows_which_question_it_asks_and_how_to_answer_it(world: World) -> None:
    number = await world.ask("Which way?", number=0)
    view = await read_task(world.platform, world.task_id)
    assert (view.question, view.question_id) == ("Which way?", number)
    assert view.question_options == ["say what it should do"]
    assert view.advice == f'Answer with: archon reply {world.task_id} --question {number} "what it should do"'


async def test_a_late_reply_does_not_answer_the_next_question(world: World) -> None:
    first = await world.ask("Which way?", number=0)
    await world.reply(first)
    second = await world.ask("How far?", number=1)
    with pytest.raises(Conflict, match=f"{first} was answered already, by test") as refused:
        await world.reply(first, "To the left.")
    assert f"It asks question {second}: How far?" in refused.value.hint
    assert await world.answers() == [("0.0", "test")]
    assert (await world.reply(second)).status is Status.QUEUED


async def test_a_reply_that_names_no_question_answers_the_one_that_is_open(world: World) -> None:
    await world.ask("Which way?", number=0)
    assert (await world.reply(None)).status is Status.QUEUED
    with pytest.raises(Conflict, match="asks nothing"):
        await world.reply(None)


async def test_a_reply_that_names_no_question_is_not_guessed_between_two(world: World) -> None:
    numbers = [await world.ask(text, number=n) for n, text in enumerate(("Which way?", "How far?"))]
    with pytest.raises(Conflict, match="asks several questions") as refused:
        await world.reply(None)
    assert all(f"question {number}" in refused.value.hint for number in numbers)
    assert await world.answers() == []


@pytest.mark.parametrize("number", [1, 2, 10_000])
async def test_a_number_that_is_no_question_is_refused(world: World, number: int) -> None:
    await world.ask("Which way?", number=0)
    with pytest.raises(Conflict, match=f"asks no question {number}"):
        await world.reply(number)


async def test_of_many_replies_at_once_exactly_one_is_taken(world: World) -> None:
    number = await world.ask("Which way?", number=0)
    said = [world.reply(number if n % 2 else None, by=f"person {n}") for n in range(20)]
    outcomes = await asyncio.gather(*said, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, Conflict)]
    assert len(refused) == 19 and len(await world.answers()) == 1
    assert all("answered already" in str(e) or "asks nothing" in str(e) for e in refused)


async def test_a_cancelled_task_takes_no_answer(world: World) -> None:
    number = await world.ask("Which way?", number=0)
    await cancel_task(world.platform, world.task_id, by="test")
    with pytest.raises(Conflict, match="cancelled"):
        await world.reply(number)


class Busy(MemoryJournal):
    """Somebody else writes just before each of the first answers."""

    def __init__(self, clock: Clock, *, times: int) -> None:
        super().__init__(clock)
        self.times = times

    async def append(self, task_id: TaskId, drafts: Sequence[Draft], **more: Any) -> list[Event]:
        if self.times and isinstance(drafts[0].body, Answered):
            self.times -= 1
            body = Started(effect="clock", request=None)
            await super().append(task_id, [Draft(body=body, key=f"9.{self.times}", hash="h")], epoch=1)
        return await super().append(task_id, drafts, **more)


@pytest.mark.parametrize(("times", "is_taken"), [(1, True), (4, True), (1_000, False)])
async def test_an_answer_that_others_write_past_is_tried_again(
    tmp_path: Path, times: int, is_taken: bool
) -> None:
    platform = build_platform(tmp_path, scripted())
    platform = replace(platform, journal=Busy(platform.clock, times=times))
    world = World(platform, await submit(platform))
    number = await world.ask("Which way?", number=0)
    if is_taken:
        await world.reply(number)
    else:
        with pytest.raises(Conflict):
            await world.reply(number)
    assert len(await world.answers()) == int(is_taken)
