"""How every journal takes in a recording that was made elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archon.domain.errors import Conflict, InvalidInput
from archon.domain.events import (
    Attempted,
    Charge,
    Claimed,
    Draft,
    Event,
    Finished,
    Paused,
    Problem,
    ResumeRequested,
    Submitted,
    Waiting,
)
from archon.domain.row import numbered
from archon.domain.task import Status
from archon.domain.values import OwnerId, TaskId, digest_bytes
from archon.ports.journal import Journal
from archon.testing.journal_contract import SPEC
from archon.testing.manual_clock import ManualClock

TASK = TaskId("01RECRDED00000000000000000")
CHARGE = Charge(reservation_id="r", cost_microusd=70, model="m")


def recording(clock: ManualClock) -> list[Event]:
    drafts = [
        Draft(body=Submitted(spec=SPEC)),
        Draft(body=Claimed(owner=OwnerId("elsewhere"))),
        Draft(body=Attempted(charge=CHARGE, problem=Problem(code="c", message="m"))),
        Draft(body=Finished(status="completed"), scope="s"),
    ]
    return numbered(drafts, task_id=TASK, after=0, epoch=1, at=clock.now())


class RecordingContract:
    """Needs a `journal` fixture."""

    async def test_a_recording_is_taken_in_as_it_was_made(self, journal: Journal) -> None:
        events = recording(ManualClock())
        row = await journal.take_in(events, {digest_bytes(b"x"): b"x"})
        assert (row.status, row.last_seq, row.spent_microusd) == (Status.COMPLETED, 4, 70)
        assert row == await journal.row(TASK)
        assert await journal.events(TASK) == events
        assert await journal.blob(digest_bytes(b"x")) == b"x"

    async def test_taking_the_same_recording_in_again_changes_nothing(self, journal: Journal) -> None:
        events = recording(ManualClock())
        assert await journal.take_in(events, {}) == await journal.take_in(events, {})
        assert len(await journal.events(TASK)) == 4

    async def test_another_task_of_the_same_id_is_left_alone(self, journal: Journal) -> None:
        await journal.create(TASK, SPEC, {})
        with pytest.raises(Conflict):
            await journal.take_in(recording(ManualClock()), {})
        assert (await journal.row(TASK)).last_seq == 1

    async def test_a_recording_with_a_gap_is_refused(self, journal: Journal) -> None:
        events = recording(ManualClock())
        foreign = [*events[:3], replace(events[3], task_id=TaskId("other"))]
        for broken in ([], events[1:], [events[0], *events[2:]], foreign):
            with pytest.raises(InvalidInput):
                await journal.take_in(broken, {})

    async def test_a_recording_of_a_task_that_still_runs_is_refused(self, journal: Journal) -> None:
        with pytest.raises(InvalidInput, match="running"):
            await journal.take_in(recording(ManualClock())[:2], {})

    @pytest.mark.parametrize(
        "last",
        [
            Paused(problem=Problem(code="stopped", message="")),
            Waiting(question={"topic": "budget"}),
            ResumeRequested(by="me"),
        ],
    )
    async def test_a_recording_of_a_task_that_could_go_on_is_refused(
        self, journal: Journal, last: Paused | Waiting | ResumeRequested
    ) -> None:
        events = recording(ManualClock())
        for stopping in ([*events[:3], replace(events[3], body=last)], [*events, replace(events[3], seq=5)]):
            with pytest.raises(InvalidInput, match=r"stops while|cannot stand"):
                await journal.take_in(stopping, {})
        assert await journal.rows() == []

    @pytest.mark.parametrize(
        "name", ["", "..", ".ssh", "../../home", "/etc", "REC", TASK.lower(), f"{TASK}\n"]
    )
    async def test_an_id_that_is_none_is_refused(self, journal: Journal, name: str) -> None:
        foreign = [replace(event, task_id=TaskId(name)) for event in recording(ManualClock())]
        with pytest.raises(InvalidInput, match="no task's id"):
            await journal.take_in(foreign, {})

    async def test_what_was_taken_in_can_neither_be_claimed_nor_added_to(self, journal: Journal) -> None:
        row = await journal.take_in(recording(ManualClock()), {})
        with pytest.raises(Conflict):
            await journal.claim(TASK, OwnerId("me"), from_epoch=row.lease_epoch)
        with pytest.raises(Conflict):
            await journal.append(TASK, [Draft(body=ResumeRequested(by="me"))], epoch=0)
        assert await journal.events(TASK) == recording(ManualClock())
