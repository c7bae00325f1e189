"""Arguments of a tool call: what fits is passed on, what loses nothing is converted, the rest is told."""

from __future__ import annotations

import json

import jsonschema  # noqa: F401 - here, because the first import takes longer than an example may
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.agents.replies.schema_check import violation
from archon.agents.replies.tool_arguments import check_arguments
from archon.domain.conversation import Tool, ToolCall
from archon.domain.values import Json, JsonObject
from tests.builders.tools import TOOLS


def check(name: str, **arguments: Json) -> JsonObject | str:
    checked = check_arguments(ToolCall(id="c7", name=name, arguments=arguments), TOOLS)
    if isinstance(checked, str):
        return checked
    assert (checked.id, checked.name) == ("c7", name)
    return checked.arguments


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", {}),
        ("read", {"path": "3", "start": 3}),
        ("edit", {"path": "a", "old": "", "new": "true", "replace_all": False}),
        ("label", {"files": ["a"], "note": None}),
        ("label", {"files": ["[1]"], "colours": {"a": "{}"}, "weight": 1.5}),
    ],
)
def test_arguments_that_fit_are_left_as_they_are(name: str, arguments: JsonObject) -> None:
    assert check(name, **arguments) == arguments


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"path": "a", "start": "3"}, {"path": "a", "start": 3}),
        ({"path": "a", "start": " 3\n"}, {"path": "a", "start": 3}),
        ({"path": "a", "start": 3.0, "end": "4.0"}, {"path": "a", "start": 3, "end": 4}),
        ({"path": "a", "start": None, "end": None}, {"path": "a"}),
    ],
)
def test_a_whole_number_is_read_however_it_is_spelled(given: JsonObject, meant: JsonObject) -> None:
    read = check("read", **given)
    assert read == meant
    assert isinstance(read, dict) and not any(isinstance(value, float) for value in read.values())


@pytest.mark.parametrize(("given", "meant"), [("true", True), ("True", True), (" false\n", False)])
def test_a_switch_is_read_from_its_name(given: str, meant: bool) -> None:
    read = check("edit", path="a", old="b", new="c", replace_all=given)
    assert read == {"path": "a", "old": "b", "new": "c", "replace_all": meant}


def test_encoded_json_is_decoded_where_no_text_is_wanted() -> None:
    read = check("label", files='["a", "b"]', colours='{"a": "[1]"}', note="[1]", weight="2.5")
    assert read == {"files": ["a", "b"], "colours": {"a": "[1]"}, "note": "[1]", "weight": 2.5}


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("raed", {"path": "a"}, ["'raed'", "do you mean read?"]),
        ("browse", {}, ["'browse'", "read, list, search, edit, write, run, finish, label"]),
        ("read", {}, ["path", "missing", "read takes path (string), start (integer, optional)"]),
        ("write", {"path": "a", "contents": "b"}, ["'contents'", "do you mean content?"]),
        ("edit", {"path": "a", "old_str": "b", "new_str": "c"}, ["mean old?", "mean new?"]),
        ("edit", {"path": "a", "old": "b", "new": "c", "replaceAll": True}, ["mean replace_all?"]),
        ("read", {"path": None}, ["/path"]),
        ("read", {"path": 3}, ["/path", "string"]),
        ("read", {"path": ["a"]}, ["/path"]),
        ("write", {"path": "a.json", "content": {"a": 1}}, ["/content", "string"]),
        ("read", {"path": "a", "start": "three"}, ["/start", "integer"]),
        ("read", {"path": "a", "start": ""}, ["/start"]),
        ("read", {"path": "a", "start": "1,000"}, ["/start"]),
        ("read", {"path": "a", "start": "03"}, ["/start"]),
        ("read", {"path": "a", "start": 3.7}, ["/start"]),
        ("read", {"path": "a", "start": True}, ["/start"]),
        ("read", {"path": "a", "start": 0}, ["/start", "minimum"]),
        ("edit", {"path": "a", "old": "b", "new": "c", "replace_all": "yes"}, ["/replace_all", "boolean"]),
        ("edit", {"path": "a", "old": "b", "new": "c", "replace_all": 1}, ["/replace_all"]),
        ("label", {"files": "a, b"}, ["/files", "array"]),
        ("label", {"files": [1]}, ["/files/0"]),
        ("label", {"files": [], "weight": "1e999"}, ["/weight"]),
        ("write", {"path": "a", "content": "\ud83d"}, ["surrogate"]),
    ],
)
def test_what_does_not_fit_is_told_with_what_to_send(
    name: str, arguments: JsonObject, told: list[str]
) -> None:
    complaint = check(name, **arguments)
    assert isinstance(complaint, str)
    assert all(words in complaint for words in told), complaint


def test_a_value_nested_beyond_reason_is_refused() -> None:
    deep: Json = "x"
    for _ in range(5_000):
        deep = [deep]
    assert "nested" in str(check("label", files=deep))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


names = st.sampled_from(["path", "old", "new", "content", "start", "files", "command", "weight", "x"])


@given(st.sampled_from(TOOLS), st.dictionaries(names, json_values, max_size=4))
def test_whatever_is_sent_only_what_fits_passes(tool: Tool, arguments: JsonObject) -> None:
    checked = check_arguments(ToolCall(id="c", name=tool.name, arguments=arguments), TOOLS)
    if isinstance(checked, ToolCall):
        assert violation(checked.arguments, tool.parameters) is None
        assert json.loads(json.dumps(checked.arguments, allow_nan=False)) == checked.arguments
        texts = {name: value for name, value in checked.arguments.items() if isinstance(value, str)}
        assert texts.items() <= {k: v for k, v in arguments.items() if isinstance(v, str)}.items()
