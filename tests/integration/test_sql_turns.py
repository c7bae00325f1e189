"""What a turn of an agent costs in the database: counted in statements and bytes, early and late alike."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from archon.adapters.sql.database import Database
from archon.adapters.sql.journal import SqlJournal
from archon.domain.conversation import Message, ToolResult, user
from archon.engine.models.calls import Conversation
from archon.engine.outcomes import Performed
from archon.testing.manual_clock import ManualClock
from tests.builders.conversations import CONTRACT, TirelessModel, begun

TRANSACTIONS = 5
"""Money set aside, the call's start, its answer; the command's start, its outcome."""
MOST_STATEMENTS = 30
LATE = 120


@contextmanager
def watched() -> Iterator[list[str]]:
    """The statements of all connections that are opened inside."""
    statements: list[str] = []

    def watch(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(statements.append)

    event.listen(Engine, "connect", watch)
    yield statements
    event.remove(Engine, "connect", watch)


@pytest.fixture
async def statements(tmp_path: Path) -> AsyncIterator[tuple[list[str], SqlJournal]]:
    database = Database(tmp_path / "archon.db")
    await database.open()
    with watched() as seen:
        yield seen, SqlJournal(database, ManualClock())
        await database.close()


async def turn(conversation: Conversation, number: int, said: Message) -> Message:
    """A call of the model, and of the command that it asks for."""
    response = await conversation.send(said)
    output = f"line {number}\n" * 100

    async def perform() -> Performed:
        return Performed(result={"exit_code": 0, "stdout": output})

    await conversation.scope.effect("exec", {"argv": ["sh", "-c", f"echo {number}"]}, perform)
    results = tuple(ToolResult(call_id=call.id, content=output) for call in response.tool_calls)
    return Message(role="user", parts=results)


async def test_a_turn_makes_the_same_few_statements_however_long_its_task_is(
    statements: tuple[list[str], SqlJournal],
) -> None:
    seen, journal = statements
    conversation = await begun(TirelessModel(), journal)
    said = user(CONTRACT)
    counts: list[list[str]] = []
    for number in range(LATE):
        seen.clear()
        said = await turn(conversation, number, said)
        counts.append([*seen])
    early, late = counts[10], counts[-1]
    assert sum(each.startswith("BEGIN") for each in late) == TRANSACTIONS
    assert not any(each.startswith("ROLLBACK") for each in late)
    assert len(early) == len(late) <= MOST_STATEMENTS
    assert sum(map(len, late)) <= sum(map(len, early)) * 1.05, "what is written is what is new"
