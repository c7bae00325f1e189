"""A task as lists show it: a reading of its events, never a second truth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archon.domain.errors import ArchonError, Conflict, InvalidInput, LeaseLost
from archon.domain.events import (
    Answered,
    Attempted,
    Charge,
    Claimed,
    Completed,
    Draft,
    Event,
    Finished,
    Paused,
    ResumeRequested,
    Started,
    Submitted,
    Waiting,
)
from archon.domain.task import FailureReason, Status
from archon.domain.values import JsonObject, OwnerId, TaskId

_TASK_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
"""A ULID. Ids are parts of paths, so that one from elsewhere may be nothing else."""

_EXPORT_AGAIN = "Export the recording again where it was made; this one was cut or changed."

_LARGEST_SUM = 2**63 - 1
"""What databases keep as an integer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """The projection of a task's events, its lease and its money."""

    id: TaskId
    status: Status
    reason: str
    """Why it failed, paused or waits: a failure reason, an error's code or a question's topic; else empty."""
    objective: str
    workflow: str
    step: str
    """The step it entered last, such as `repair.2`."""
    created_at: datetime
    updated_at: datetime
    last_seq: int
    lease_epoch: int
    lease_owner: OwnerId | None
    """Set while the task is running, and left standing when its process dies."""
    limit_microusd: int
    spent_microusd: int
    """What the budget counts, calls of unknown price included."""
    reserved_microusd: int
    unpriced_microusd: int = 0
    """The part of what is spent that was counted for calls of unknown price."""
    unpriced_tokens: int = 0
    unpriced_reserved_tokens: int = 0
    unpriced_token_limit: int | None = None
    """The ceiling of those two together; None: there is none."""

    @property
    def cost_microusd(self) -> int:
        """What the task is known to have cost: calls of unknown price are reported as nothing."""
        return self.spent_microusd - self.unpriced_microusd

    @property
    def price_known(self) -> bool:
        """False when calls of unknown price are missing in `cost_microusd`."""
        return not (self.unpriced_microusd or self.unpriced_tokens)


def numbered(
    drafts: Iterable[Draft], *, task_id: TaskId, after: int, epoch: int, at: datetime
) -> list[Event]:
    """The drafts as the events that follow number `after`."""
    return [
        Event(
            task_id=task_id,
            seq=seq,
            epoch=epoch,
            at=at,
            body=draft.body,
            scope=draft.scope,
            key=draft.key,
            hash=draft.hash,
        )
        for seq, draft in enumerate(drafts, start=after + 1)
    ]


def begin(event: Event) -> TaskRow:
    """The row after a task's first event. Raises: InvalidInput when that is not `Submitted`."""
    if not isinstance(event.body, Submitted):
        raise InvalidInput(
            f"A task begins with its submission, not with {event.body.kind}.", hint=_EXPORT_AGAIN
        )
    spec = event.body.spec
    return TaskRow(
        id=event.task_id,
        status=Status.QUEUED,
        reason="",
        objective=spec.objective,
        workflow=spec.workflow,
        step="",
        created_at=event.at,
        updated_at=event.at,
        last_seq=event.seq,
        lease_epoch=0,
        lease_owner=None,
        limit_microusd=spec.budget_microusd,
        spent_microusd=0,
        reserved_microusd=0,
        unpriced_token_limit=spec.unpriced_token_limit,
    )


def advance(row: TaskRow, event: Event) -> TaskRow:
    """The row after one more event. The sums of money spent and reserved are the account's, not read here."""
    return _read(replace(row, last_seq=event.seq, updated_at=event.at), event)


def _read(row: TaskRow, event: Event) -> TaskRow:
    match event.body:
        case Claimed(owner=owner):
            return replace(row, status=Status.RUNNING, reason="", lease_owner=owner, lease_epoch=event.epoch)
        case Started(effect="step", request={"name": str(name)}):
            return replace(row, step=name)
        case Answered(limit_microusd=limit):
            return _requeued(row if limit is None else _raised(row, limit))
        case ResumeRequested():
            return _requeued(row)
        case Waiting(question=question):
            return replace(row, status=Status.WAITING, reason=_topic(question), lease_owner=None)
        case Paused(problem=problem):
            return replace(row, status=Status.PAUSED, reason=problem.code, lease_owner=None)
        case Finished():
            return replace(row, status=Status(event.body.status), reason=_why(event.body), lease_owner=None)
    return row


def _raised(row: TaskRow, limit_microusd: int) -> TaskRow:
    """The ceiling of tokens at an unknown price grows as the budget does."""
    ceiling = row.unpriced_token_limit
    if ceiling is not None and row.limit_microusd:
        ceiling = min(ceiling * limit_microusd // row.limit_microusd, _LARGEST_SUM)
    return replace(row, limit_microusd=limit_microusd, unpriced_token_limit=ceiling)


def _requeued(row: TaskRow) -> TaskRow:
    if row.status in {Status.PAUSED, Status.WAITING}:
        return replace(row, status=Status.QUEUED, reason="")
    return row


def _topic(question: JsonObject) -> str:
    topic = question.get("topic")
    return topic if isinstance(topic, str) else "question"


def _why(finished: Finished) -> str:
    if finished.status != "failed":
        return ""
    return str(finished.reason or FailureReason.INTERNAL)


def charge_of(event: Event) -> Charge | None:
    """What the event bills to the task's account."""
    return event.body.charge if isinstance(event.body, Completed | Attempted) else None


def refusal(row: TaskRow, *, epoch: int, expect_seq: int | None = None) -> ArchonError | None:
    """Why events of that epoch (0: a door's) may not be added to the task; None when they may."""
    if epoch not in {0, row.lease_epoch}:
        return LeaseLost(f"Task {row.id} was taken over by another runner.")
    if row.status.is_final:
        return Conflict(
            f"Task {row.id} has ended ({row.status}).", hint="Submit a new task to go on from its result."
        )
    if expect_seq is not None and expect_seq != row.last_seq:
        return Conflict(f"Task {row.id} has moved on since it was read.", hint="Read it again.")
    return None


def read_recording(events: Sequence[Event]) -> TaskRow:
    """The row of a recording that comes from elsewhere; all that it charges counts as spent.

    Only an ended task is taken in: nobody can claim or resume one, so that what a recording says is
    never done here as it stands.

    Raises: InvalidInput when the events are not those of one ended task, from its submission to its
    end without a gap.
    """
    if not events:
        raise InvalidInput("The recording is empty.", hint=_EXPORT_AGAIN)
    row = begin(events[0])
    if not _TASK_ID.fullmatch(row.id):
        raise InvalidInput(f"{row.id!r} is no task's id.", hint=_EXPORT_AGAIN)
    for number, event in enumerate(events, start=1):
        if (event.task_id, event.seq) != (row.id, number):
            raise InvalidInput(
                f"The recording is not whole: event {number} is missing or another task's.",
                hint=_EXPORT_AGAIN,
            )
        if row.status.is_final or not 0 <= event.epoch <= number:
            raise InvalidInput(
                f"Event {number} cannot stand where it does in a recording.", hint=_EXPORT_AGAIN
            )
        row = row if number == 1 else advance(row, event)
    if not row.status.is_final:
        raise InvalidInput(
            f"The recording stops while the task is {row.status}.",
            hint="Export it after the task has ended.",
        )
    charges = [charge for event in events if (charge := charge_of(event))]
    return replace(
        row,
        spent_microusd=_sum(charge.cost_microusd for charge in charges),
        unpriced_microusd=_sum(charge.cost_microusd for charge in charges if not charge.price_known),
        unpriced_tokens=_sum(charge.unpriced_tokens for charge in charges),
    )


def _sum(counts: Iterable[int]) -> int:
    listed = list(counts)
    if min(listed, default=0) < 0 or sum(listed) > _LARGEST_SUM:
        raise InvalidInput("What the recording says it cost is no sum of money.", hint=_EXPORT_AGAIN)
    return sum(listed)
