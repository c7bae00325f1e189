"""Lets a task go on: one that was paused, one that waits for money, one whose process died."""

from __future__ import annotations

from archon.domain.errors import Conflict, InvalidInput
from archon.domain.events import Draft, ResumeRequested
from archon.domain.money import to_usd
from archon.domain.row import TaskRow
from archon.domain.task import Status
from archon.domain.values import JsonObject, TaskId
from archon.services.answer_question import BUDGET, give_answer, how_to_answer, open_question
from archon.services.platform import Platform
from archon.services.submit_task import MOST_BUDGET_MICROUSD


async def resume_task(
    platform: Platform, task_id: TaskId, *, by: str, budget_microusd: int | None = None
) -> TaskRow:
    """Put the task back into the queue, and return it; a running one is left as it is.

    `budget_microusd` is the task's new ceiling, all that it has spent included; it answers the
    question that a task asks at its ceiling.

    Raises: Conflict when the task has ended, or waits for money and none is given; InvalidInput for
    a ceiling that is not above the old one; NotFound.
    """
    row = await platform.journal.row(task_id)
    if row.status.is_final:
        raise Conflict(
            f"The task {task_id} has ended: it is {row.status}.", hint="Submit it anew with `archon run`."
        )
    if row.status is Status.WAITING:
        return await _answer(platform, row, by=by, budget_microusd=budget_microusd)
    if budget_microusd is not None:
        raise Conflict(
            f"The task {task_id} asks for no money: it is {row.status}.", hint="Leave the budget out."
        )
    if row.status is Status.PAUSED:
        await platform.journal.append(
            task_id, [Draft(body=ResumeRequested(by=by))], epoch=0, expect_seq=row.last_seq
        )
    return await platform.journal.row(task_id)


async def _answer(platform: Platform, row: TaskRow, *, by: str, budget_microusd: int | None) -> TaskRow:
    question = await open_question(platform, row)
    if question.topic != BUDGET:
        raise Conflict(
            f"The task {row.id} asks: {question.text}",
            hint=f"Answer with `{how_to_answer(row.id, question.topic, question.id)}`, or end it with "
            f"`archon cancel {row.id}`.",
        )
    if budget_microusd is None:
        raise Conflict(
            f"The task {row.id} waits for money: {question.text}",
            hint="Say what it may cost in all, such as "
            f"--max-budget-usd {2 * to_usd(row.limit_microusd) or 1:.2f}.",
        )
    if not row.limit_microusd < budget_microusd <= MOST_BUDGET_MICROUSD:
        raise InvalidInput(
            f"The budget must lie above {to_usd(row.limit_microusd):.2f} USD, which the task had, "
            f"and at most at {to_usd(MOST_BUDGET_MICROUSD):.2f} USD.",
            hint="It is the task's new ceiling, all that was spent included.",
        )
    answer: JsonObject = {"max_budget_usd": to_usd(budget_microusd)}
    return await give_answer(platform, row, question, answer, by=by, limit_microusd=budget_microusd)
