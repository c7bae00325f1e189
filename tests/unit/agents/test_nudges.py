"""What a record shows of the last reply when an agent is asked again."""

from __future__ import annotations

from archon.agents.nudges import goes_in_circles, not_carried_out, told, unusable
from archon.domain.conversation import Message, Part, Text, ToolResult, user
from archon.domain.values import Json
from archon.engine.models.codec import messages_to_json


def lines(*parts: Part, opens: bool = False) -> list[str]:
    request: dict[str, Json] = {"new": messages_to_json((Message(role="user", parts=parts),))}
    return [*told(request | ({"head": {}} if opens else {}))]


def test_a_refused_reply_is_told_with_what_was_wrong() -> None:
    assert lines(*user(unusable("it has no fenced block.")).parts) == [
        "The reply is refused: it has no fenced block."
    ]
    assert lines(Text(text=not_carried_out("a call is not closed."))) == [
        "The reply is refused: a call is not closed."
    ]


def test_a_refusal_of_several_calls_is_told_once() -> None:
    complaint = not_carried_out("two of its calls have no name.\nWrite them.")
    results = [ToolResult(call_id=each, content=complaint, is_error=True) for each in "ab"]
    assert lines(*results) == ["The reply is refused: two of its calls have no name."]


def test_calls_that_failed_and_circles_are_told_and_what_worked_is_not() -> None:
    assert lines(
        ToolResult(call_id="a", content="55\n"),
        ToolResult(call_id="b", content="There is no file x.\nThere is y.", is_error=True),
        ToolResult(call_id="c", content="", is_error=True),
        Text(text=goes_in_circles("3 times the same call")),
    ) == [
        "It did not work: There is no file x.",
        "The agent is told that it goes in circles: 3 times the same call",
    ]


def test_the_words_of_people_and_files_that_open_a_conversation_are_not_told() -> None:
    assert lines(Text(text=unusable("said by a file")), opens=True) == []
