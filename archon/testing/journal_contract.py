"""What every journal does: order, fences, doors, lists, waiting. Subclass it and give it a journal."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archon.domain.errors import Conflict, InvalidInput, LeaseLost, NotFound, QueueFull
from archon.domain.events import (
    Answered,
    CancelRequested,
    Claimed,
    Completed,
    Draft,
    Event,
    Failed,
    Finished,
    Paused,
    Problem,
    ResumeRequested,
    Started,
    Submitted,
    Unknown,
    Waiting,
)
from archon.domain.task import FailureReason, Status, TaskSpec
from archon.domain.values import Json, OwnerId, TaskId, digest_bytes
from archon.ports.journal import LARGEST_BLOB_BYTES, Journal
from archon.testing.manual_clock import ManualClock

SPEC = TaskSpec(
    objective="say hello",
    workflow="script",
    models={},
    max_rounds=3,
    run_timeout_s=60.0,
    budget_microusd=1_000,
    output_directory="/out",
)
US = OwnerId("us")
THEM = OwnerId("them")
PAUSED = Draft(body=Paused(problem=Problem(code="stopped", message="Stopped.")))
CANCEL = Draft(body=CancelRequested(by="tester"))

ON_ONE_JOURNAL = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
"""Examples share a journal, each with a task of its own."""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20)
    | st.text(min_size=600, max_size=700),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["$blob", "$literal", "a", "\ud800"]) | st.text(), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def started(note: str = "") -> Draft:
    return Draft(body=Started(effect="exec", request=note), scope="draft", key="1.0", hash="h")


async def running(journal: Journal, clock: ManualClock, *, owner: OwnerId = US) -> TaskId:
    """A task claimed under epoch 1."""
    task_id = TaskId(clock.new_id())
    await journal.create(task_id, SPEC, {}, owner=owner)
    return task_id


class JournalContract:
    """Needs a `journal` fixture whose clock is the `clock` fixture."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    async def test_a_new_task_is_queued_with_its_submission(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        row = await journal.create(TaskId("T"), SPEC, {})
        first = Event(task_id=TaskId("T"), seq=1, epoch=0, at=clock.now(), body=Submitted(spec=SPEC))
        assert await journal.events(TaskId("T")) == [first]
        assert (row.status, row.last_seq, row.lease_epoch, row.lease_owner) == (Status.QUEUED, 1, 0, None)
        assert row == await journal.row(TaskId("T"))

    async def test_a_task_created_for_an_owner_was_never_queued(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        row = await journal.create(TaskId("T"), SPEC, {}, owner=US)
        assert (row.status, row.last_seq, row.lease_epoch, row.lease_owner) == (Status.RUNNING, 2, 1, US)
        claimed = (await journal.events(TaskId("T")))[1]
        assert (claimed.body, claimed.epoch) == (Claimed(owner=US), 1)

    async def test_an_id_is_given_once(self, journal: Journal) -> None:
        await journal.create(TaskId("T"), SPEC, {})
        with pytest.raises(Conflict):
            await journal.create(TaskId("T"), SPEC, {})

    async def test_the_queue_is_bounded_by_tasks_queued_or_running(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        await journal.create(TaskId("Q"), SPEC, {}, max_active=2)
        with pytest.raises(QueueFull):
            await journal.create(TaskId("R"), SPEC, {}, max_active=2)
        with pytest.raises(NotFound):
            await journal.row(TaskId("R"))
        await journal.append(task_id, [PAUSED], epoch=1)
        await journal.create(TaskId("R"), SPEC, {}, max_active=2)

    @settings(parent=ON_ONE_JOURNAL, max_examples=40)
    @given(value=json_values)
    async def test_every_payload_reads_back_as_it_was_written(
        self, journal: Journal, clock: ManualClock, value: Json
    ) -> None:
        task_id = await running(journal, clock)
        written = await journal.append(
            task_id, [started(), Draft(body=Completed(effect="exec", result=value))], epoch=1
        )
        assert await journal.events(task_id, after=2) == written

    async def test_bodies_of_every_shape_read_back(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        problem = Problem(code="c", message="m" * 2000, hint="h")
        drafts = [
            Draft(body=Failed(effect="write", problem=problem), scope="s/t.2", key="3.1.4", hash="f" * 64),
            Draft(body=Unknown(payload={"kind": "later", "x": [1]})),
            Draft(body=Finished(status="failed", reason=FailureReason.ROUNDS_EXHAUSTED, message="no")),
        ]
        assert await journal.append(task_id, drafts, epoch=1) == await journal.events(task_id, after=2)

    async def test_blobs_are_kept_with_the_events_that_name_them(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        first, second = b"", bytes(range(256)) * 2_000
        task_id = TaskId(clock.new_id())
        await journal.create(task_id, SPEC, {digest_bytes(first): first})
        await journal.append(task_id, [CANCEL], epoch=0, blobs={digest_bytes(second): second})
        assert await journal.blob(digest_bytes(first)) == first
        assert await journal.blob(digest_bytes(second)) == second
        with pytest.raises(NotFound):
            await journal.blob(digest_bytes(b"never"))

    async def test_a_refused_append_keeps_nothing(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        with pytest.raises(LeaseLost):
            await journal.append(task_id, [started()], epoch=7, blobs={digest_bytes(b"lost"): b"lost"})
        assert (await journal.row(task_id)).last_seq == 2
        with pytest.raises(NotFound):
            await journal.blob(digest_bytes(b"lost"))

    async def test_a_blob_above_the_limit_is_refused(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        data = bytes(LARGEST_BLOB_BYTES + 1)
        with pytest.raises(InvalidInput, match="50,000,001"):
            await journal.append(task_id, [started()], epoch=1, blobs={digest_bytes(data): data})

    async def test_an_older_epoch_writes_nothing_more(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        assert await journal.claim(task_id, THEM, from_epoch=1) == 2
        with pytest.raises(LeaseLost):
            await journal.append(task_id, [started()], epoch=1)
        (event,) = await journal.append(task_id, [started()], epoch=2)
        row = await journal.row(task_id)
        assert (event.seq, event.epoch, row.lease_epoch, row.lease_owner) == (4, 2, 2, THEM)

    async def test_of_two_claims_one_wins(self, journal: Journal) -> None:
        await journal.create(TaskId("T"), SPEC, {})
        claims = [journal.claim(TaskId("T"), OwnerId(f"o{n}"), from_epoch=0) for n in range(5)]
        results = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(str(type(r).__name__) for r in results) == ["Conflict"] * 4 + ["int"]
        assert (await journal.row(TaskId("T"))).last_seq == 2

    async def test_an_ended_task_takes_no_event_and_no_claim(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        await journal.append(task_id, [Draft(body=Finished(status="completed"))], epoch=1)
        for epoch in (0, 1):
            with pytest.raises(Conflict, match="ended"):
                await journal.append(task_id, [CANCEL], epoch=epoch)
        with pytest.raises(Conflict, match="ended"):
            await journal.claim(task_id, THEM, from_epoch=1)
        with pytest.raises(LeaseLost):
            await journal.append(task_id, [started()], epoch=3)

    async def test_doors_write_without_a_lease(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        (event,) = await journal.append(task_id, [CANCEL], epoch=0)
        row = await journal.row(task_id)
        assert (event.seq, event.epoch) == (3, 0)
        assert (row.status, row.lease_epoch, row.lease_owner) == (Status.RUNNING, 1, US)

    async def test_an_expected_number_is_held_to(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        await journal.append(task_id, [CANCEL], epoch=0)
        waiting = Draft(body=Waiting(question={"topic": "budget"}))
        with pytest.raises(Conflict, match="moved on"):
            await journal.append(task_id, [waiting], epoch=1, expect_seq=2)
        await journal.append(task_id, [waiting], epoch=1, expect_seq=3)
        assert (await journal.row(task_id)).status is Status.WAITING

    async def test_the_row_follows_the_events(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        clock.advance(5)
        step = Draft(body=Started(effect="step", request={"name": "repair.2"}))
        await journal.append(task_id, [step, PAUSED], epoch=1)
        row = await journal.row(task_id)
        assert (row.status, row.reason, row.step, row.lease_owner) == (
            Status.PAUSED,
            "stopped",
            "repair.2",
            None,
        )
        assert (row.updated_at - row.created_at).total_seconds() == 5
        await journal.append(task_id, [Draft(body=ResumeRequested(by="tester"))], epoch=0)
        assert (await journal.row(task_id)).status is Status.QUEUED

    async def test_an_answer_sets_the_limit_and_queues_the_task(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        await journal.append(task_id, [Draft(body=Waiting(question={"topic": "budget"}))], epoch=1)
        answer = Answered(answer={"choice": "raise"}, by="tester", limit_microusd=5_000)
        await journal.append(task_id, [Draft(body=answer, key="1.0")], epoch=0)
        row = await journal.row(task_id)
        assert (row.status, row.limit_microusd) == (Status.QUEUED, 5_000)

    async def test_events_are_paged(self, journal: Journal, clock: ManualClock) -> None:
        task_id = await running(journal, clock)
        await journal.append(task_id, [started(str(n)) for n in range(5)], epoch=1)
        page = await journal.events(task_id, after=3, limit=2)
        assert [event.seq for event in page] == [4, 5]
        assert await journal.events(task_id, after=7) == []

    async def test_lists_are_newest_first_filtered_and_paged(self, journal: Journal) -> None:
        for number in range(1, 6):
            owner = US if number % 2 else None
            await journal.create(TaskId(f"T{number}"), SPEC, {}, owner=owner)
        assert [row.id for row in await journal.rows(limit=2)] == ["T5", "T4"]
        assert [row.id for row in await journal.rows(before=TaskId("T3"))] == ["T2", "T1"]
        running_rows = await journal.rows(statuses=[Status.RUNNING], limit=2)
        assert [row.id for row in running_rows] == ["T5", "T3"]
        assert await journal.rows(statuses=[]) == []

    async def test_an_unknown_task_is_not_found(self, journal: Journal) -> None:
        nobody = TaskId("nobody")
        for call in (
            journal.row(nobody),
            journal.events(nobody),
            journal.append(nobody, [CANCEL], epoch=0),
            journal.claim(nobody, US, from_epoch=0),
            journal.wait(nobody, after=0, timeout_s=1),
            journal.open_reservations(nobody),
        ):
            with pytest.raises(NotFound):
                await call

    async def test_appends_at_once_are_numbered_without_gaps(
        self, journal: Journal, clock: ManualClock
    ) -> None:
        task_id = await running(journal, clock)
        written = await asyncio.gather(
            *(journal.append(task_id, [started(f"{n}a"), started(f"{n}b")], epoch=1) for n in range(20))
        )
        numbers = sorted(event.seq for events in written for event in events)
        assert numbers == list(range(3, 43))
        assert [e.seq for e in await journal.events(task_id)] == list(range(1, 43))
