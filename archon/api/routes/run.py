"""An objective in, a working script out."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from archon.api.access import documented_key
from archon.api.errors import document_problems
from archon.api.schemas.accepted import TaskAccepted, accepted
from archon.api.schemas.requests import RunRequest
from archon.api.schemas.status import TaskStatus, task_status
from archon.api.serving import ServingNow, TaskIdInPath
from archon.services.read_task import read_task
from archon.services.submit_task import submit_task

router = APIRouter(tags=["run"], dependencies=[documented_key], responses=document_problems(401, 422, 503))


@router.post(
    "/run",
    status_code=HTTPStatus.ACCEPTED,
    summary="Have a script written, run, checked and repaired",
    responses=document_problems(429),
)
async def run_objective(request: RunRequest, serving: ServingNow, response: Response) -> TaskAccepted:
    """The task is queued; `GET /status/{task_id}` tells how it goes."""
    platform = serving.platform
    row = await submit_task(platform, request.submission(), roots=platform.output_roots)
    serving.runner.hint()
    response.headers["Location"] = f"/status/{row.id}"
    return accepted(row)


@router.get("/status/{task_id}", summary="How a task goes", responses=document_problems(404))
async def read_status(task_id: TaskIdInPath, serving: ServingNow) -> TaskStatus:
    """The latest code and its output, and every round so far."""
    return task_status(await read_task(serving.platform, task_id))
