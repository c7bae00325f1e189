"""The short answer to a request that changes a task."""

from __future__ import annotations

from pydantic import BaseModel, Field

from archon.domain.row import TaskRow
from archon.domain.task import Status


class TaskAccepted(BaseModel):
    task_id: str = Field(examples=["01JZ3Y8T5W6V7X8Y9Z0A1B2C3D"])
    status: Status = Field(examples=["queued"])


def accepted(row: TaskRow) -> TaskAccepted:
    return TaskAccepted(task_id=row.id, status=row.status)
