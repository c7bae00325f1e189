"""The live story of a task."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from archon.api.access import documented_key
from archon.api.errors import document_problems
from archon.api.reader import Reader
from archon.api.serving import ServingNow, TaskIdInPath
from archon.api.stream import stream
from archon.domain.errors import InvalidInput

router = APIRouter(tags=["tasks"], dependencies=[documented_key], responses=document_problems(401, 422, 503))

EXAMPLE = 'id: 7\nevent: started\ndata: {"task_id": "01JZ…", "seq": 7, "kind": "started", "body": {}}\n\n'

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Frames until the task has finished.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    },
    204: {"description": "The task has finished and the caller has seen it all: no need to connect again."},
}


@router.get(
    "/tasks/{task_id}/events",
    summary="Follow a task's events as they happen",
    response_class=Response,
    responses=STREAM | document_problems(404),
)
async def follow_events(
    task_id: TaskIdInPath,
    serving: ServingNow,
    last_event_id: Annotated[
        int, Header(ge=0, description="The id of the last event seen; the stream goes on after it.")
    ] = 0,
) -> Response:
    """The task's journal as server-sent events.

    A frame's id is the event's number and its name the event's kind. `retract` lists numbers of earlier
    events that no longer hold, because the program asked for something else when it was resumed.
    Silence is filled with comments every 15 seconds. The stream ends after `finished`.
    """
    row = await serving.platform.journal.row(task_id)
    if last_event_id > row.last_seq:
        raise InvalidInput(
            f"The task {task_id} has no event {last_event_id} yet.",
            hint="Leave Last-Event-ID out to begin anew.",
        )
    if row.status.is_final and last_event_id == row.last_seq:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    reader = Reader(serving.platform.journal, task_id, after=last_event_id)
    return StreamingResponse(
        stream(serving, reader),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
