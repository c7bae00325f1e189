"""A row says what its events say, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archon.domain.errors import Conflict, InvalidInput, LeaseLost
from archon.domain.events import (
    Answered,
    Body,
    CancelRequested,
    Claimed,
    Completed,
    Draft,
    Finished,
    Paused,
    Problem,
    ResumeRequested,
    Started,
    Submitted,
    Waiting,
)
from archon.domain.row import TaskRow, advance, begin, numbered, refusal
from archon.domain.task import FailureReason, Status
from archon.domain.values import OwnerId, TaskId
from archon.testing.journal_contract import SPEC

AT = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMED = Claimed(owner=OwnerId("us"))
PAUSED = Paused(problem=Problem(code="model_unreachable", message="No connection."))
WAITING = Waiting(question={"topic": "budget", "text": "More?"})
RESUMED = ResumeRequested(by="me")


def row_after(*bodies: Body, epoch: int = 1) -> TaskRow:
    drafts = [Draft(body=body) for body in (Submitted(spec=SPEC), *bodies)]
    first, *others = numbered(drafts, task_id=TaskId("T"), after=0, epoch=epoch, at=AT)
    row = begin(first)
    for event in others:
        row = advance(row, event)
    return row


@pytest.mark.parametrize(
    ("bodies", "status", "reason"),
    [
        ((), Status.QUEUED, ""),
        ((CLAIMED,), Status.RUNNING, ""),
        ((CLAIMED, PAUSED), Status.PAUSED, "model_unreachable"),
        ((CLAIMED, WAITING), Status.WAITING, "budget"),
        ((CLAIMED, Waiting(question={})), Status.WAITING, "question"),
        ((CLAIMED, PAUSED, RESUMED), Status.QUEUED, ""),
        ((CLAIMED, WAITING, Answered(answer={}, by="me")), Status.QUEUED, ""),
        ((CLAIMED, PAUSED, RESUMED, CLAIMED), Status.RUNNING, ""),
        ((CLAIMED, RESUMED), Status.RUNNING, ""),
        ((CLAIMED, Answered(answer={}, by="me")), Status.RUNNING, ""),
        ((CLAIMED, CancelRequested(by="me")), Status.RUNNING, ""),
        ((CLAIMED, PAUSED, CancelRequested(by="me")), Status.PAUSED, "model_unreachable"),
        ((CLAIMED, Finished(status="completed")), Status.COMPLETED, ""),
        ((CLAIMED, Finished(status="cancelled")), Status.CANCELLED, ""),
        ((CLAIMED, Finished(status="failed")), Status.FAILED, "internal"),
        (
            (CLAIMED, Finished(status="failed", reason=FailureReason.ROUNDS_EXHAUSTED)),
            Status.FAILED,
            "rounds_exhausted",
        ),
    ],
)
def test_status_and_reason(bodies: tuple[Body, ...], status: Status, reason: str) -> None:
    row = row_after(*bodies)
    assert (row.status, row.reason) == (status, reason)
    assert (row.lease_owner is not None) == (status is Status.RUNNING)


def test_the_step_is_the_one_entered_last() -> None:
    step = Started(effect="step", request={"name": "repair.2"})
    inside = Started(effect="model", request={"name": "no step"})
    assert row_after(CLAIMED, step, inside, Completed(effect="step", result=None)).step == "repair.2"


def test_an_answer_sets_the_limit_only_if_it_names_one() -> None:
    assert row_after(Answered(answer={}, by="me")).limit_microusd == SPEC.budget_microusd
    assert row_after(Answered(answer={}, by="me", limit_microusd=7)).limit_microusd == 7


def test_a_task_begins_with_its_submission() -> None:
    (event,) = numbered([Draft(body=CLAIMED)], task_id=TaskId("T"), after=0, epoch=1, at=AT)
    with pytest.raises(InvalidInput):
        begin(event)


def test_who_may_append() -> None:
    running, ended = row_after(CLAIMED), row_after(CLAIMED, Finished(status="completed"))
    assert refusal(running, epoch=0) is None
    assert refusal(running, epoch=1, expect_seq=2) is None
    assert isinstance(refusal(running, epoch=1, expect_seq=1), Conflict)
    assert isinstance(refusal(running, epoch=2), LeaseLost)
    assert isinstance(refusal(ended, epoch=0), Conflict)
    assert isinstance(refusal(ended, epoch=1), Conflict)
    assert isinstance(refusal(ended, epoch=2), LeaseLost)
