"""A person's answer to what a task asks."""

from __future__ import annotations

from dataclasses import dataclass

from archon.domain.errors import Conflict, InvalidInput
from archon.domain.events import Answered, Draft, Started
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import JsonObject, TaskId
from archon.engine.history import Entry, History, format_key
from archon.services.platform import Platform

LONGEST_ANSWER_CHARS = 20_000
BUDGET = "budget"
"""The topic of the question that only money answers; a waiting task's row has its topic as reason."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    entry: Entry
    topic: str
    text: str


async def reply_to_task(platform: Platform, task_id: TaskId, *, text: str, by: str) -> TaskRow:
    """Tell the agent that asked, and put the task back into the queue.

    Raises: Conflict when the task asks nothing, or asks for money; InvalidInput; NotFound.
    """
    row = await platform.journal.row(task_id)
    said = text.strip()
    if not said or len(said) > LONGEST_ANSWER_CHARS:
        raise InvalidInput(
            f"The answer has {len(said):,} characters.", hint=f"Write 1 to {LONGEST_ANSWER_CHARS:,} of them."
        )
    if row.status is not Status.WAITING:
        raise Conflict(
            f"The task {task_id} asks nothing: it is {row.status}.",
            hint=f"`archon tasks {task_id}` tells how it stands.",
        )
    question = await open_question(platform, row)
    if question.topic == BUDGET:
        raise Conflict(
            f"The task {task_id} asks for money: {question.text}",
            hint=f"Answer with `archon resume {task_id} --max-budget-usd X`.",
        )
    return await give_answer(platform, row, question, {"text": said}, by=by)


async def open_question(platform: Platform, row: TaskRow) -> OpenQuestion:
    """What the task waits to be told. Raises: Conflict when that is nothing."""
    history = History(await platform.journal.events(row.id))
    for _, entry in sorted(history.entries.items(), reverse=True):
        asked = entry.started.body if entry.started else None
        if entry.outcome is None and isinstance(asked, Started) and asked.effect == "question":
            request = asked.request if isinstance(asked.request, dict) else {}
            return OpenQuestion(entry, str(request.get("topic", "")), str(request.get("text", "")))
    raise Conflict(f"The task {row.id} asks nothing.", hint=f"`archon tasks {row.id}` tells how it stands.")


async def give_answer(
    platform: Platform,
    row: TaskRow,
    question: OpenQuestion,
    answer: JsonObject,
    *,
    by: str,
    limit_microusd: int | None = None,
) -> TaskRow:
    """Write the answer down where the question stands. Raises: Conflict when another was faster."""
    entry = question.entry
    body = Answered(answer=answer, by=by, limit_microusd=limit_microusd)
    draft = Draft(body=body, scope=entry.scope, key=format_key(entry.key), hash=entry.hash)
    await platform.journal.append(row.id, [draft], epoch=0, expect_seq=row.last_seq)
    return await platform.journal.row(row.id)
