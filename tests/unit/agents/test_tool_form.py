"""Tools called in words can do what tools called natively can."""

from __future__ import annotations

import json

import pytest

from archon.agents.loop import Misunderstood
from archon.agents.replies.tool_text import spell_calls
from archon.agents.tool_form import Called, read_calls
from archon.domain.conversation import ModelResponse, ToolCall
from archon.domain.values import Json, JsonObject
from tests.builders.tools import STRING, SWITCH, TOOLS, tool

ALL = (
    *TOOLS,
    tool("dispute", "Ends the work.", "check reason", check=STRING, reason=STRING),
    tool(
        "plan",
        "Takes values of all types.",
        "steps",
        steps={"type": "array", "items": {"type": "object", "properties": {"title": STRING, "done": SWITCH}}},
        options={"type": "object"},
        limit={"type": ["integer", "null"]},
        share={"type": "number"},
        strict=SWITCH,
        mode={"enum": ["fast", "slow", 3, None]},
        anything={},
    ),
)
VALUES: JsonObject = {
    "steps": [{"title": "Add <b> & \"c\"\n'd'", "done": False}, {"title": "", "done": True}],
    "options": {"a": [1, 2.5, None, {"b": "…"}], "</options>": "x"},
    "limit": None,
    "share": -0.25,
    "strict": True,
    "mode": "slow",
}
CALLS = (
    ToolCall(id="call_1", name="read", arguments={"path": "a b.py", "start": 3}),
    ToolCall(id="call_2", name="plan", arguments=VALUES),
    ToolCall(id="call_3", name="edit", arguments={"path": "a", "old": "\tx\n\n", "new": "", "line": 3}),
    ToolCall(id="call_4", name="dispute", arguments={"check": "check_a", "reason": "It asks for 54.\n\n"}),
    ToolCall(id="call_5", name="finish", arguments={"summary": "Done: \\n is no line break."}),
)


def heard(response: ModelResponse) -> tuple[ToolCall, ...]:
    called = read_calls(response, ALL, number_from=1)
    assert isinstance(called, Called), called
    return called.calls


def test_the_same_calls_are_heard_in_words_as_natively() -> None:
    native = ModelResponse(text="", tool_calls=CALLS, finish_reason="tool_calls")
    said = "I begin.\n\n" + spell_calls(CALLS)
    in_json = "\n".join(
        f"<tool_call>{json.dumps({'name': call.name, 'arguments': call.arguments})}</tool_call>"
        for call in CALLS
    )
    for text in (said, in_json):
        assert heard(ModelResponse(text=text, finish_reason="stop")) == heard(native) == CALLS


@pytest.mark.parametrize(
    ("name", "spelled", "value"),
    [
        ("limit", "12", 12),
        ("limit", "null", None),
        ("share", "2", 2),
        ("strict", "False", False),
        ("options", '{"a": 1}', {"a": 1}),
        ("steps", "[]", []),
        ("mode", "3", 3),
        ("mode", "null", None),
        ("mode", "slow", "slow"),
    ],
)
def test_a_value_in_words_gets_the_type_that_its_tool_wants(name: str, spelled: str, value: Json) -> None:
    steps = "" if name == "steps" else "<steps>[]</steps>\n"
    text = f'<call tool="plan">\n{steps}<{name}>{spelled}</{name}>\n</call>'
    (call,) = heard(ModelResponse(text=text, finish_reason="stop"))
    assert call.arguments[name] == value and type(call.arguments[name]) is type(value)


def test_a_type_that_does_not_fit_is_told_in_words_too() -> None:
    text = '<call tool="plan">\n<steps>none</steps>\n</call>'
    told = read_calls(ModelResponse(text=text, finish_reason="stop"), ALL, number_from=1)
    assert isinstance(told, Misunderstood) and "/steps" in told.complaint
