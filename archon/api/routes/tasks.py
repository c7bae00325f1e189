"""Tasks: submitting, listing, reading, resuming and cancelling them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from archon.api.access import documented_key
from archon.api.errors import document_problems
from archon.api.schemas.accepted import TaskAccepted, accepted
from archon.api.schemas.requests import ReplyRequest, ResumeRequest, TaskRequest
from archon.api.schemas.tasks import Task, TaskSummary, task, task_summary
from archon.api.serving import ServingNow, TaskIdInPath
from archon.domain.task import Status
from archon.domain.values import TaskId
from archon.services.answer_question import reply_to_task
from archon.services.cancel_task import cancel_task
from archon.services.look_at_tasks import look_at_tasks
from archon.services.read_task import read_task
from archon.services.resume_task import resume_task
from archon.services.submit_task import submit_task

router = APIRouter(
    prefix="/tasks",
    tags=["tasks"],
    dependencies=[documented_key],
    responses=document_problems(401, 422, 503),
)


@router.post(
    "", status_code=HTTPStatus.ACCEPTED, summary="Submit a new task", responses=document_problems(429)
)
async def create_task(request: TaskRequest, serving: ServingNow, response: Response) -> TaskAccepted:
    """The task is queued; `GET /tasks/{task_id}` tells how it goes, its `/events` as it goes."""
    platform = serving.platform
    row = await submit_task(platform, request.submission(), roots=platform.output_roots)
    serving.runner.hint()
    response.headers["Location"] = f"/tasks/{row.id}"
    return accepted(row)


@router.get("", summary="List all tasks")
async def list_tasks(
    request: Request,
    response: Response,
    serving: ServingNow,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    before: Annotated[
        str | None, Query(pattern="^[0-9A-Za-z]{1,64}$", description="Only tasks older than this one.")
    ] = None,
    status: Annotated[list[Status] | None, Query(description="Only tasks in one of these states.")] = None,
) -> list[TaskSummary]:
    """The newest first. A `Link` header with `rel="next"` leads to older ones where there are more."""
    rows = await look_at_tasks(
        serving.platform, statuses=status, before=TaskId(before) if before else None, limit=limit + 1
    )
    if len(rows) > limit:
        older = request.url.include_query_params(limit=limit, before=rows[limit - 1].id)
        response.headers["Link"] = f'<{older.path}?{older.query}>; rel="next"'
    return [task_summary(row) for row in rows[:limit]]


@router.get("/{task_id}", summary="How a task goes, and what came of it", responses=document_problems(404))
async def show_task(task_id: TaskIdInPath, serving: ServingNow) -> Task:
    """Agents, artifacts, costs, and what a person is asked."""
    return task(await read_task(serving.platform, task_id))


@router.delete(
    "/{task_id}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Cancel a task",
    responses=document_problems(404, 409),
)
async def delete_task(task_id: TaskIdInPath, serving: ServingNow) -> TaskAccepted:
    """Where it runs, its runner stops it within moments; its journal and its files stay."""
    return accepted(await cancel_task(serving.platform, task_id, by="api"))


@router.post(
    "/{task_id}/resume",
    status_code=HTTPStatus.ACCEPTED,
    summary="Let a paused or waiting task go on",
    responses=document_problems(404, 409),
)
async def continue_task(
    task_id: TaskIdInPath, serving: ServingNow, request: ResumeRequest | None = None
) -> TaskAccepted:
    """A task that waits at its budget goes on with a higher one."""
    budget = request.budget_microusd if request else None
    row = await resume_task(serving.platform, task_id, by="api", budget_microusd=budget)
    serving.runner.hint()
    return accepted(row)


@router.post(
    "/{task_id}/reply",
    status_code=HTTPStatus.ACCEPTED,
    summary="Answer what a task asks",
    responses=document_problems(404, 409),
)
async def reply(task_id: TaskIdInPath, serving: ServingNow, request: ReplyRequest) -> TaskAccepted:
    """What is said reaches the agent that asked. A question about money is answered by `/resume`.

    A question takes one answer; one that was answered already, or is not the task's, is a conflict.
    """
    row = await reply_to_task(
        serving.platform, task_id, text=request.reply, by="api", question_id=request.question
    )
    serving.runner.hint()
    return accepted(row)
