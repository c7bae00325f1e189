"""The append-only record of every task, and the money and leases that are written with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from archon.domain.events import Draft, Event
from archon.domain.row import TaskRow
from archon.domain.task import Status, TaskSpec
from archon.domain.values import Digest, OwnerId, TaskId

LARGEST_BLOB_BYTES = 50_000_000
"""A larger value is refused with `InvalidInput`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    id: str
    worst_microusd: int
    epoch: int
    model: str
    unpriced_tokens: int = 0
    """Where the model's price is unknown: the most tokens that the attempt can use."""


class Journal(Protocol):
    async def create(
        self,
        task_id: TaskId,
        spec: TaskSpec,
        blobs: Mapping[Digest, bytes],
        *,
        owner: OwnerId | None = None,
        max_active: int | None = None,
    ) -> TaskRow:
        """Write the task and its `Submitted` event in one transaction.

        With an `owner` the task is claimed for it in the same transaction (epoch 1) and was never
        queued. `max_active` bounds how many tasks may be queued or running, this one included.

        Raises: Conflict when the id is taken; QueueFull; InvalidInput for a blob that is too large;
        DatabaseError.
        """
        ...

    async def take_in(self, events: Sequence[Event], blobs: Mapping[Digest, bytes]) -> TaskRow:
        """Write a whole recording as it was made, under its own task id, in one transaction.

        The events begin with `Submitted` and are numbered from 1 without gaps. Taking the same
        recording in again changes nothing.

        Raises: Conflict when another task has that id; InvalidInput when it is no whole recording.
        """
        ...

    async def append(
        self,
        task_id: TaskId,
        drafts: Sequence[Draft],
        *,
        epoch: int,
        blobs: Mapping[Digest, bytes] | None = None,
        expect_seq: int | None = None,
    ) -> list[Event]:
        """Add events in one transaction, all or none, and return them with their numbers.

        A runner gives its epoch; a door gives 0, which is refused once the task has ended. With
        `expect_seq` nothing is written unless that is still the task's last number. Charges in the
        events settle their reservations in the same transaction (settling twice is no error), and an
        `Answered` with a limit sets the task's money limit. The row's status, reason, step and sums
        follow from the events (`domain.row.advance`).

        Raises: LeaseLost when a newer epoch exists; Conflict for `expect_seq` or an ended task;
        NotFound; DatabaseError.
        """
        ...

    async def events(self, task_id: TaskId, *, after: int = 0, limit: int | None = None) -> list[Event]:
        """Events in order, those numbered above `after`. Raises: NotFound."""
        ...

    async def wait(self, task_id: TaskId, *, after: int | Callable[[], int], timeout_s: float) -> bool:
        """Return True as soon as an event above `after` exists, whoever wrote it; False on time-out.

        A function is asked anew for each event, when whoever wrote that has been given its number: so
        what a writer adds itself need be no news to it.
        """
        ...

    async def blob(self, sha256: Digest) -> bytes:
        """Raises: NotFound."""
        ...

    async def row(self, task_id: TaskId) -> TaskRow:
        """Raises: NotFound."""
        ...

    async def rows(
        self, *, statuses: Sequence[Status] | None = None, before: TaskId | None = None, limit: int = 50
    ) -> list[TaskRow]:
        """Newest first (ids sort by time), those older than `before`."""
        ...

    async def claim(self, task_id: TaskId, owner: OwnerId, *, from_epoch: int) -> int:
        """Raise the epoch from `from_epoch`, write `Claimed` and return the new epoch.

        Raises: Conflict when another claim came first or the task has ended.
        """
        ...

    async def reserve(self, task_id: TaskId, reservation: Reservation) -> bool:
        """Set money aside if spent + reserved + worst stays within the limit: one conditional update.

        Tokens at an unknown price are set aside with it, within the task's ceiling of them.

        Returns whether it was done. Raises: LeaseLost when a newer epoch exists.
        """
        ...

    async def sweep_blobs(self) -> int:
        """Remove what no task has referred to for a day, and return how many values that were."""
        ...

    async def open_reservations(self, task_id: TaskId) -> list[Reservation]:
        """Reservations that nothing has settled yet, oldest first."""
        ...
