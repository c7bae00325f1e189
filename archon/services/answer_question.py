"""A person's answer to what a task asks.

A question's id is the number of the event that asks it: no other question of the task ever has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archon.domain.errors import Conflict, InvalidInput
from archon.domain.events import Answered, Draft, Started
from archon.domain.row import TaskRow
from archon.domain.values import JsonObject, TaskId
from archon.engine.history import Entry, History, format_key
from archon.services.platform import Platform

LONGEST_ANSWER_CHARS = 20_000
BUDGET = "budget"
"""The topic of the question that only money answers; a waiting task's row has its topic as reason."""
_TRIES = 5
"""How often an answer is tried that others keep writing past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question that a task asks, or asked."""

    id: int
    entry: Entry
    topic: str
    text: str

    @property
    def is_open(self) -> bool:
        return self.entry.outcome is None and not self.entry.answers


def how_to_answer(task_id: str, topic: str, question_id: int | None) -> str:
    """The command that answers a question, to be copied."""
    if topic == BUDGET:
        return f"archon resume {task_id} --max-budget-usd X"
    named = "" if question_id is None else f"--question {question_id} "
    return f'archon reply {task_id} {named}"what it should do"'


async def reply_to_task(
    platform: Platform, task_id: TaskId, *, text: str, by: str, question_id: int | None
) -> TaskRow:
    """Tell the agent that asked, and put the task back into the queue.

    `question_id` is the question that is answered; None means the one that is open, if it is the only
    one. Of several answers to one question the first is taken.

    Raises: Conflict when the task does not ask that (any more), or asks for money; InvalidInput; NotFound.
    """
    said = text.strip()
    if not said or len(said) > LONGEST_ANSWER_CHARS:
        raise InvalidInput(
            f"The answer has {len(said):,} characters.", hint=f"Write 1 to {LONGEST_ANSWER_CHARS:,} of them."
        )
    for tries_left in reversed(range(_TRIES)):
        row = await platform.journal.row(task_id)
        question = await _question_meant(platform, row, question_id)
        if question.topic == BUDGET:
            raise Conflict(
                f"The task {task_id} asks for money: {question.text}",
                hint=f"Answer with `{how_to_answer(task_id, BUDGET, question.id)}`.",
            )
        try:
            return await give_answer(platform, row, question, {"text": said}, by=by)
        except Conflict:  # something was written meanwhile: look whether the question is still open
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


async def open_question(platform: Platform, row: TaskRow) -> AskedQuestion:
    """What the task waits to be told. Raises: Conflict when that is nothing."""
    return await _question_meant(platform, row, None)


async def give_answer(
    platform: Platform,
    row: TaskRow,
    question: AskedQuestion,
    answer: JsonObject,
    *,
    by: str,
    limit_microusd: int | None = None,
) -> TaskRow:
    """Write the answer down where the question stands.

    Raises: Conflict when anything was written since `row` was read.
    """
    entry = question.entry
    body = Answered(answer=answer, by=by, limit_microusd=limit_microusd)
    draft = Draft(body=body, scope=entry.scope, key=format_key(entry.key), hash=entry.hash)
    await platform.journal.append(row.id, [draft], epoch=0, expect_seq=row.last_seq)
    return await platform.journal.row(row.id)


async def _question_meant(platform: Platform, row: TaskRow, question_id: int | None) -> AskedQuestion:
    """Raises: Conflict when there is no such question, or it is answered, or several could be meant."""
    questions = [*_asked(History(await platform.journal.events(row.id)))]
    unanswered = [] if row.status.is_final else [each for each in questions if each.is_open]
    if question_id is None and len(unanswered) == 1:
        return unanswered[0]
    asks = "\n".join(f"It asks question {each.id}: {each.text}" for each in unanswered)
    now = asks or f"`archon tasks {row.id}` tells how it stands."
    if question_id is None:
        nothing = f"The task {row.id} asks nothing: it is {row.status}."
        raise Conflict(f"The task {row.id} asks several questions." if unanswered else nothing, hint=now)
    meant = next((each for each in questions if each.id == question_id), None)
    if meant is None:
        raise Conflict(f"The task {row.id} asks no question {question_id}: it is {row.status}.", hint=now)
    if meant not in unanswered:
        raise Conflict(f"{_closed(meant)} The task is {row.status}.", hint=now)
    return meant


def _closed(question: AskedQuestion) -> str:
    """Why a question takes no answer any more."""
    by = ", ".join(e.body.by for e in question.entry.answers if isinstance(e.body, Answered))
    if by:
        return f"Question {question.id} was answered already, by {by}."
    return f"Question {question.id} is not open any more."


def _asked(history: History) -> Iterator[AskedQuestion]:
    """All questions that still hold, in their order."""
    for _, entry in sorted(history.entries.items()):
        match entry.started.body if entry.started else None:
            case Started(effect="question", request={"topic": str(topic), "text": str(text)}):
                assert entry.started is not None  # noqa: S101 - the match says so
                yield AskedQuestion(id=entry.started.seq, entry=entry, topic=topic, text=text)
