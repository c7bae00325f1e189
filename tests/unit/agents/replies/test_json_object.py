"""One object in a reply: read where it has a single meaning, else rejected with the place and the reason."""

from __future__ import annotations

import json
import time

import jsonschema  # noqa: F401 - here, because the first import takes longer than an example may
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.agents.replies.json_object import JsonReply, Parsed, Rejected, parse_json
from archon.domain.values import JsonObject

VERDICT: JsonObject = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["keep", "drop"]},
        "weight": {"type": "number"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "details": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["verdict"],
    "additionalProperties": False,
}
ANY: JsonObject = {"type": "object"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), values, min_size=1, max_size=5)


def read(reply: str, schema: JsonObject = VERDICT, finish_reason: str = "stop") -> JsonReply:
    return parse_json(reply, schema, finish_reason=finish_reason)


def wrapped(spelling: str) -> list[str]:
    return [
        spelling,
        f"Here it is:\n\n{spelling}\n\nTell me if {{anything}} is missing.",
        f"```json\n{spelling}\n```",
        f"Result:\n~~~~\n{spelling}",
        f"<think>maybe {{}} or not</think>\n{spelling}",
        f"Hm, {{'verdict': 'drop'}}?\n</think>\n{spelling}",
        f'<tool_call>{{"name": "answer", "arguments": {spelling}}}</tool_call>',
    ]


@given(objects, st.sampled_from(range(7)), st.booleans(), st.sampled_from([None, 2]))
def test_an_object_reads_back_from_any_wrapping(
    value: JsonObject, wrapping: int, ascii_only: bool, indent: int | None
) -> None:
    spelling = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert read(wrapped(spelling)[wrapping], ANY) == Parsed(value)


@given(objects)
def test_an_object_reads_back_from_pythons_spelling(value: JsonObject) -> None:
    assert read(repr(value), ANY) == Parsed(value)


@given(objects)
def test_an_object_reads_back_from_a_string_that_holds_it(value: JsonObject) -> None:
    assert read(json.dumps(json.dumps(value)), ANY) == Parsed(value)


@given(objects, st.data())
def test_a_reply_that_was_cut_is_never_taken_for_whole(value: JsonObject, data: st.DataObject) -> None:
    spelling = json.dumps(value)
    cut = spelling[: data.draw(st.integers(0, len(spelling) - 1))]
    assert isinstance(read(cut, ANY, "length"), Rejected)


@given(st.text(max_size=200) | st.text(alphabet="{}[]\"':,\\n/*#-1tae ", max_size=60))
def test_whatever_the_reply_what_is_parsed_satisfies_the_schema(reply: str) -> None:
    answer = read(reply)
    if isinstance(answer, Parsed):
        assert answer.value["verdict"] in ("keep", "drop")
        assert answer.value.keys() <= {"verdict", "weight", "notes", "details"}


@pytest.mark.parametrize(
    "reply",
    [
        '{"verdict": "keep", "weight": 2,}',
        "{verdict: 'keep', weight: 2}",
        "{“verdict”: “keep”, “weight”: 2}",
        '{"verdict": "keep", // surely\n "weight": 2 /* of "three" */}',
        '{"verdict": "keep", "weight": "2"}',
        '{"verdict": "keep", "weight": 2',
        '```json\n{"verdict": "keep", "weight": 2\n```',
        '{"verdict": "keep", "weight": 2}\nOnce more: {"weight": 2, "verdict": "keep"}',
        'Draft: {"verdict": "drop"}\nBut wait, final answer: {"verdict": "keep", "weight": 2}',
        'For example {"verdict": "drop"} would be wrong. {"verdict": "keep", "weight": 2}',
        '{"unrelated": 1} {"verdict": "keep", "weight": 2}',
        'Example:\n```json\n{"verdict": "drop"}\n```\nAnswer:\n```\n{"verdict": "keep", "weight": 2}\n```',
        'Answer:\n{"verdict": "keep", "weight": 2}\nA wrong one:\n```json\n{"verdict": "drop"}\n```',
        'The tests do not pass: {"verdict": "keep", "weight": 2}\nNo other file is wrong.',
        'The file is not as it should be, so:\n\n{"verdict": "keep", "weight": 2}',
        'I cannot drop this one:\n\n{"verdict": "keep", "weight": 2}',
        '{"verdict": "keep", "weight": 2}\n\nIt works, but I do not like the names.',
        '{"verdict": "keep", // orders are fine\n"weight": 2}',
        'Well.\n<think>{"verdict": "drop"}</think>\n{"verdict": "keep", "weight": 2}',
        '{"verdict": "keep", "weight": 2}\n<think>or {"verdict": "drop"}?</think>',
        '[THINK]{"verdict": "drop"}[/THINK]{"verdict": "keep", "weight": 2}',
        '<|channel|>analysis<|message|>{"verdict": "drop"}<|end|><|start|>assistant'
        '<|channel|>final<|message|>{"verdict": "keep", "weight": 2}',
        '{"verdict": "drop"}\nThat is not right. Corrected:\n{"verdict": "keep", "weight": 2}',
        '{"type": "function", "function": {"name": "a", "arguments": {"verdict": "keep", "weight": 2}}}',
    ],
)
def test_what_has_a_single_meaning_is_bridged(reply: str) -> None:
    assert read(reply) == Parsed({"verdict": "keep", "weight": 2})


def test_raw_line_breaks_in_a_text_are_kept() -> None:
    answer = read('{"verdict": "keep", "notes": ["one\n\ttwo"]}')
    assert answer == Parsed({"verdict": "keep", "notes": ["one\n\ttwo"]})


@pytest.mark.parametrize(
    ("reply", "path"),
    [
        ('{"weight": 2}', "/verdict"),
        ('{"verdict": "maybe"}', "/verdict"),
        ('{"verdict": "keep", "weigth": 2}', "/weigth"),
        ('{"verdict": "keep", "weight": "1,5"}', "/weight"),
        ('{"verdict": "keep", "weight": 1,5}', ""),
        ('{"verdict": "keep", "weight": NaN}', "/weight"),
        ('{"verdict": "keep", "weight": 1e999}', "/weight"),
        ('{"verdict": "keep", "notes": "a, b"}', "/notes"),
        ('{"verdict": "keep", "notes": ["a", 3]}', "/notes/1"),
        ('{"verdict": "keep", "notes": ["a "b" c"]}', "/notes/0"),
        ('{"verdict": "keep", "notes": ["\\d+"]}', "/notes/0"),
        ('{"verdict": "keep", "notes": ["one\\n\ntwo"]}', "/notes/0"),
        ('{"verdict": "keep", "notes": ["\\ud83d"]}', "/notes/0"),
        ('{"verdict": "keep", "details": {"a/b": 1}}', "/details/a~1b"),
        ('{"verdict": "keep", "verdict": "drop"}', "/verdict"),
        ('{"verdict": "keep", "weight": "1e999"}', "/weight"),
        ('{"verdict": "keep", "notes": ["a" /* ... */]}', "/notes/0"),
        ('{"verdict": "keep", "notes": ["a",\n// and so on ...\n]}', "/notes"),
        ('{"verdict": "keep", "notes": ["a"', ""),
        ('{"verdict": "keep", "notes": ["a",', "/notes"),
        ('{"verdict": "keep", "notes": ["a', "/notes/0"),
    ],
)
def test_what_does_not_fit_is_rejected_at_its_place(reply: str, path: str) -> None:
    if path == "":
        assert isinstance(read(reply, finish_reason="length"), Rejected)
        return
    answer = read(reply)
    assert isinstance(answer, Rejected)
    assert answer.error_path == path
    assert answer.reason


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "The verdict is keep.",
        '<think>{"verdict": "keep"}</think>',
        '<think>{"verdict": "keep"}',
        '```python\nprint({"verdict": "keep"})\n```',
        '```python\nanswer = {"verdict": "keep"}\n```',
        '[{"verdict": "keep"}, {"verdict": "drop"}]',
        'Either {"verdict": "keep"} or, better, {"verdict": "drop"}',
        '{"verdict": "keep"}\n{"verdict": "drop"}',
        '{"verdict": "keep"}\nCorrection: {"verdict": "dorp"}',
        '{"verdict": "keep"}\nWait, that should be drop.',
        '{"verdict": "keep"} Correction: {"verdict": "drop"} Actually, the first one.',
        '{"verdict": "keep"}\nThis is not final: {"verdict": "drop"}',
        '{"verdict": "keep"}\nActually no, drop it.',
        'def f():\n    return {"verdict": "keep"}',
        'The answer is not {"verdict": "keep"}',
        'I will not say {"verdict": "keep"}.',
        'I won\'t answer {"verdict": "keep"}',
        'Template: {"verdict": "keep"}',
        'A bad answer would be: {"verdict": "keep"}',
        'Example:\n```json\n{"verdict": "keep"}\n```',
        'The user said:\n```json\n{"verdict": "keep"}\n```',
        '> {"verdict": "keep"}',
        '<!--\n{"verdict": "keep"}\n-->',
        '{"verdict": "keep"} — no, make that "drop".',
        '{"verdict": "keep"}\n\nThis verdict is wrong.',
        '{"verdict": "keep"}\nEdit: drop',
        '{"verdict": "keep"} // no, drop',
        '{"verdict": "keep" /* or "drop" */}',
        'I cannot answer with {"verdict": "keep"} because the tests fail.',
        'A valid answer would be {"verdict": "keep"}.',
        'The format is {"verdict": "keep"}.',
        '{"verdict": "keep"}\n\nThat is my guess, but I cannot decide.',
        "{'verdict': 'x</think>{\"verdict\": \"keep\"}'}",
        json.dumps(VERDICT),
    ],
)
def test_no_answer_or_an_undecided_one_is_rejected(reply: str) -> None:
    assert isinstance(read(reply), Rejected)


def test_a_string_is_decoded_only_where_the_schema_wants_no_string() -> None:
    answer = read('{"verdict": "keep", "notes": "[\\"1\\"]", "details": {"a": "{}"}}')
    assert answer == Parsed({"verdict": "keep", "notes": ["1"], "details": {"a": "{}"}})


def test_a_string_is_decoded_behind_references_and_alternatives() -> None:
    schema: JsonObject = {
        "properties": {"size": {"$ref": "#/$defs/Size"}},
        "$defs": {"Size": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
    }
    assert read('{"size": "7"}', schema) == Parsed({"size": 7})
    assert isinstance(read('{"size": "7.5"}', schema), Rejected)


def test_an_answer_that_looks_like_a_tool_call_is_no_envelope() -> None:
    schema: JsonObject = {"properties": {"name": {"type": "string"}, "input": {"type": "object"}}}
    assert read('{"name": "x", "input": {"name": "y"}}', schema) == Parsed(
        {"name": "x", "input": {"name": "y"}}
    )


@pytest.mark.parametrize(
    "value", ["[" * 10_000 + "]" * 10_000, '"' + '{\\"a\\":' * 10_000 + "1" + "}" * 10_000 + '"']
)
def test_a_value_nested_beyond_reason_is_rejected(value: str) -> None:
    assert isinstance(read(f'{{"verdict": "keep", "details": {value}}}'), Rejected)


def test_all_faults_of_an_object_are_told_at_once() -> None:
    answer = read('{"weight": "heavy", "notes": 1}')
    assert isinstance(answer, Rejected)
    assert all(place in answer.reason for place in ("/verdict", "/weight", "/notes"))


def test_a_hostile_reply_is_read_in_reasonable_time() -> None:
    started = time.process_time()
    for reply in (
        "{" * 200_000,
        '{"a":' * 50_000,
        '{"a": "' * 50_000,
        "{/*" * 100_000,
        "x <think>" * 50_000,
        '{"a":[\n' * 50_000,
        '{"a": "x"}\n' * 100_000,
    ):
        assert isinstance(read(reply), Rejected)
    assert time.process_time() - started < 10
