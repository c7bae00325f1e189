"""`script` with models that claim what is not so, ask for what there is not, and leave what nobody wants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.agents.programmer import LARGEST_BYTES, MOST_FILES
from archon.domain.events import Draft, Event, Started
from archon.domain.task import FailureReason, Status
from archon.domain.values import Digest, Json, TaskId
from archon.ports.clock import Clock
from archon.services.advance_task import Advance
from archon.services.cancel_task import cancel_task
from archon.services.claim_task import claim_task
from tests.builders.platform import build_platform, run, scripted, submit
from tests.builders.replies import CHECKS, PLAN, SUM
from tests.builders.tool_runs import FINISH, WRONG, Given, always, calls, results, runs, writes


def finishes(**given: Json) -> Given:
    return "finish", {"summary": "Done.", **given}


@pytest.mark.parametrize("unmet", ["", "  \n", "None", "none.", "N/A", "no", '"null"', "False"])
async def test_an_end_whose_unmet_says_nothing_is_an_end_like_any_other(tmp_path: Path, unmet: str) -> None:
    view = await always(
        tmp_path, scripted(PLAN, CHECKS, calls(writes("main.py", SUM), finishes(unmet=unmet)))
    )
    assert view.status is Status.COMPLETED


async def test_a_repair_whose_unmet_says_nothing_is_a_repair(tmp_path: Path) -> None:
    first = calls(writes("main.py", WRONG), FINISH)
    model = scripted(PLAN, CHECKS, first, calls(writes("main.py", SUM), finishes(unmet="n/a")))
    view = await always(tmp_path, model)
    assert (view.status, view.rounds[1].explanation) == (Status.COMPLETED, "Done.")


@pytest.mark.parametrize(
    "leaves",
    [
        f"head -c {LARGEST_BYTES + 1} /dev/zero > data.py",
        f"i=0; while [ $i -le {MOST_FILES} ]; do : > f$i.py; i=$((i+1)); done",
    ],
)
@pytest.mark.parametrize("ends", [FINISH, finishes(unmet="There is no such number.")])
async def test_a_program_larger_than_any_is_not_taken(tmp_path: Path, leaves: str, ends: Given) -> None:
    model = scripted(
        PLAN,
        CHECKS,
        calls(runs(leaves), writes("main.py", SUM), ends),
        calls(runs("rm -f data.py f*.py"), FINISH),
    )
    view = await always(tmp_path, model)
    assert "at most 500 files with 5,000,000 bytes are taken" in results(model.requests[3])[2].content
    assert (view.status, view.files) == (Status.COMPLETED, ["main.py"])


async def test_a_program_larger_than_any_is_not_judged_when_the_turns_are_used_up(tmp_path: Path) -> None:
    leaves = runs(f"head -c {LARGEST_BYTES + 1} /dev/zero > data.py")
    model = scripted(PLAN, CHECKS, calls(leaves, writes("main.py", SUM)))
    view = await always(tmp_path, model, max_turns=1)
    assert (view.status, view.reason) == (Status.FAILED, FailureReason.TURNS_EXHAUSTED)


async def test_nothing_is_written_where_an_input_stands(tmp_path: Path) -> None:
    model = scripted(
        PLAN,
        CHECKS,
        calls(runs("rm -r d; rm a.txt"), writes("d", "1"), writes("a.txt/b.py", "1")),
        calls(writes("main.py", SUM), FINISH),
    )
    view = await always(tmp_path, model, inputs={"d/e.txt": b"1\n", "a.txt": b"2\n"})
    _, above, below = results(model.requests[3])
    assert above.is_error and "in the way of the input d/e.txt" in above.content
    assert below.is_error and "in the way of the input a.txt" in below.content
    assert view.status is Status.COMPLETED


async def test_what_a_command_leaves_where_an_input_stands_is_no_part_of_the_program(tmp_path: Path) -> None:
    leaves = runs("rm -r d.py a.txt; echo 1 > d.py; mkdir a.txt; echo 1 > a.txt/b.py")
    model = scripted(PLAN, CHECKS, calls(leaves, writes("main.py", SUM), FINISH))
    view = await always(tmp_path, model, inputs={"d.py/e.txt": b"1\n", "a.txt": b"2\n"})
    assert view.status is Status.COMPLETED
    assert view.rounds[0].code == {"main.py": f"{SUM}\n"}


@pytest.mark.parametrize("made", ["ln -s /etc/passwd main.py", "mkfifo main.py", "mkdir main.py"])
async def test_what_is_no_file_is_no_program(tmp_path: Path, made: str) -> None:
    model = scripted(PLAN, CHECKS, calls(runs(made), FINISH), calls(runs("rm -r main.py"), finishes()))
    platform = build_platform(tmp_path, model)
    await run(platform, agent_loop="always", max_turns=2)
    assert "There is no main.py" in results(model.requests[3])[1].content


async def test_tools_that_do_not_exist_are_not_asked_for_without_end(tmp_path: Path) -> None:
    model = scripted(PLAN, CHECKS, *[calls((f"tool_{number}", {})) for number in range(12)])
    view = await always(tmp_path, model)
    assert (view.status, view.reason) == (Status.WAITING, "stuck")


async def test_a_dispute_that_is_not_heard_any_more_is_not_made_without_end(tmp_path: Path) -> None:
    dispute = calls(("dispute", {"check": "check_prints_the_sum", "reason": "It should be 45."}))
    ruling = '{"reason": "The sum of 1 to 10 is 55.", "upheld": false}'
    first = calls(writes("main.py", WRONG), FINISH)
    model = scripted(PLAN, CHECKS, first, dispute, ruling, dispute, ruling, *[dispute] * 6)
    view = await always(tmp_path, model)
    assert (view.status, view.reason) == (Status.WAITING, "stuck")


async def test_a_person_is_asked_about_many_calls_in_few_words(tmp_path: Path) -> None:
    many = calls(*[("read", {"path": f"{'x' * 150}{number}"}) for number in range(50)])
    view = await always(tmp_path, scripted(PLAN, CHECKS, *[many] * 6))
    assert view.question is not None and len(view.question) < 1_000
    assert "and 47 more" in view.question


class Reading(MemoryJournal):
    """Once a tool has written something, it tells when values are read, and never gives them."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.begun, self.readers, self.given_up = False, 0, 0
        self.all_there = asyncio.Event()

    async def append(self, task_id: TaskId, drafts: Sequence[Draft], **more: Any) -> list[Event]:
        match drafts[0].body:
            case Started(effect="write", request={"by": _}):
                self.begun = True
        return await super().append(task_id, drafts, **more)

    async def blob(self, sha256: Digest) -> bytes:
        if not self.begun:
            return await super().blob(sha256)
        self.readers += 1
        if self.readers == 5:
            self.all_there.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up += 1
        raise AssertionError("it waits for ever")


async def test_a_cancelled_task_leaves_no_read_behind(tmp_path: Path) -> None:
    reads: list[Given] = [("read", {"path": "main.py"})] * 5
    model = scripted(PLAN, CHECKS, calls(writes("main.py", SUM)), calls(*reads))
    platform = build_platform(tmp_path, model)
    journal = Reading(platform.clock)
    platform = replace(platform, journal=journal)
    task_id = await submit(platform, agent_loop="always")
    working = asyncio.create_task(Advance(platform, task_id).run(epoch=await claim_task(platform, task_id)))
    async with asyncio.timeout(30):
        await journal.all_there.wait()
        await cancel_task(platform, task_id, by="test")
        row = await working
    assert (row.status, journal.readers, journal.given_up) == (Status.CANCELLED, 5, 5)
