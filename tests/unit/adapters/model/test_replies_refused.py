"""What is no whole reply of its protocol is refused, and what is one loses nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archon.adapters.model.draft import Draft
from archon.adapters.model.extent import Extent
from archon.adapters.model.openai import OpenAIReply
from archon.domain.conversation import ModelResponse, ToolCall
from archon.domain.errors import ModelOverloaded, ModelReplyBroken
from archon.testing.model_contract import asked
from tests.unit.adapters.model.test_streams import ROUTE, drafted


def events(*said: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in said)


def claude(*blocks: dict[str, Any], reason: str = "tool_use") -> ModelResponse:
    end = {"type": "message_delta", "delta": {"stop_reason": reason}}
    stream = events({"type": "message_start", "message": {}}, *blocks, end, {"type": "message_stop"})
    return drafted("anthropic", stream).response(asked())


def tool_use(index: int, name: str, given: Any, *pieces: str) -> tuple[dict[str, Any], ...]:
    block = {"type": "tool_use", "id": f"id_{name}", "name": name, "input": given}
    grown = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return (
        {"type": "content_block_start", "index": index, "content_block": block},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in grown),
    )


def gpt(*choices: dict[str, Any]) -> ModelResponse:
    stream = events(*({"choices": [{"index": 0, **choice}]} for choice in choices)) + b"data: [DONE]\n\n"
    return drafted("openai", stream).response(asked())


def called(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"delta": {"tool_calls": list(calls)}}


def piece(name: str, arguments: str, **more: Any) -> dict[str, Any]:
    return {"index": 0, "function": {"name": name, "arguments": arguments}, **more}


def test_arguments_that_claude_gives_at_once_are_kept() -> None:
    (call,) = claude(*tool_use(0, "write", {"path": "a"})).tool_calls
    assert call.arguments == {"path": "a"}


@pytest.mark.parametrize("given", [{}, None, "", {"path": "old"}])
def test_arguments_in_pieces_count_before_those_at_once(given: Any) -> None:
    (call,) = claude(*tool_use(0, "write", given, '{"pa', 'th": "b"}')).tool_calls
    assert call.arguments == {"path": "b"}


def test_two_tool_calls_of_one_index_are_no_reply() -> None:
    with pytest.raises(ModelReplyBroken, match="one index"):
        claude(*tool_use(0, "one", {}, "{}"), *tool_use(0, "two", {}, "{}"))


def test_a_turn_that_pauses_is_no_whole_reply() -> None:
    with pytest.raises(ModelReplyBroken, match="pause_turn") as raised:
        claude(reason="pause_turn")
    assert raised.value.retryable


@pytest.mark.parametrize(("written", "finish"), [(5, "stop"), (asked().max_output_tokens, "length")])
def test_an_ollama_that_says_no_reason_is_judged_by_what_it_wrote(written: int, finish: str) -> None:
    line = {"message": {"content": "x"}, "done": True, "prompt_eval_count": 3, "eval_count": written}
    assert drafted("ollama", json.dumps(line).encode() + b"\n").response(asked()).finish_reason == finish


def test_an_ollama_that_says_neither_a_reason_nor_a_count_is_refused() -> None:
    with pytest.raises(ModelReplyBroken, match="no reason to stop"):
        drafted("ollama", b'{"message": {"content": "x"}, "done": true}\n').response(asked())


@pytest.mark.parametrize(
    "choices",
    [
        [{"delta": {"content": "a"}, "finish_reason": "length"}, {"delta": {}, "finish_reason": "stop"}],
        [{"delta": {"content": "a"}, "finish_reason": "stop"}, {"delta": {"content": "b"}}],
        [{"delta": {}, "finish_reason": "stop"}, called(piece("f", "{}", id="c"))],
        [{"message": {"content": "all"}, "finish_reason": "stop"}],
        [{"index": 1, "delta": {"content": "a"}}, {"delta": {}, "finish_reason": "stop"}],
        [{"delta": {"function_call": {"name": "f", "arguments": "{}"}}}, {"finish_reason": "stop"}],
    ],
    ids=["two reasons", "text after the end", "a call after the end", "a message", "choice 1", "function"],
)
def test_a_chat_completion_that_is_not_of_its_protocol_is_refused(choices: list[dict[str, Any]]) -> None:
    with pytest.raises(ModelReplyBroken) as raised:
        gpt(*choices)
    assert raised.value.retryable


def test_a_reason_to_stop_that_each_piece_repeats_cuts_nothing() -> None:
    assert gpt(*({"delta": {"content": word}, "finish_reason": "stop"} for word in "ab")).text == "ab"


def test_an_id_that_is_made_up_is_no_other_calls() -> None:
    calls = [piece("one", "{}", id="call_1_1"), {**piece("two", "{}"), "index": 1}]
    response = gpt(called(*calls), {"delta": {}, "finish_reason": "tool_calls"})
    assert [call.name for call in response.tool_calls] == ["one", "two"]
    assert len({call.id for call in response.tool_calls}) == 2


def test_a_name_that_is_repeated_at_the_end_of_a_call_makes_no_other_call() -> None:
    pieces = [called(piece("f", part)) for part in ('{"a"', ': "}"', "}", "", " ")]
    (call,) = gpt(*pieces, {"delta": {}, "finish_reason": "tool_calls"}).tool_calls
    assert (call.name, call.arguments) == ("f", {"a": "}"})


def test_calls_without_ids_that_come_whole_stay_apart() -> None:
    pieces = [called(piece("f", '{"a": 1}')), called(piece("f", '{"a": 2}')), called(piece("g", ""))]
    calls: tuple[ToolCall, ...] = gpt(*pieces, {"finish_reason": "stop"}).tool_calls
    assert [(call.name, call.arguments) for call in calls] == [("f", {"a": 1}), ("f", {"a": 2}), ("g", {})]


def test_a_call_of_many_pieces_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = Extent.read

    def noted(extent: Extent, text: str) -> None:
        read.append(text)
        real(extent, text)

    monkeypatch.setattr(Extent, "read", noted)
    reply = OpenAIReply(Draft(route=ROUTE))
    for part in ['{"a": "', *["x"] * 500, '"}']:
        reply.take(json.dumps({"choices": [called(piece("f", part))]}))
    assert len(read) <= 502


@pytest.mark.parametrize(
    ("pieces", "is_closed"),
    [
        (["{", "}"], True),
        (['{"', "\\", '"', '"'], False),
        (['{"\\', '"}"}'], True),
        (["[{}"], False),
        ([], False),
    ],
)
def test_an_object_ends_where_its_braces_do(pieces: list[str], is_closed: bool) -> None:
    extent = Extent()
    for each in pieces:
        extent.read(each)
    assert extent.is_closed is is_closed


def test_pieces_that_each_have_an_id_of_their_own_are_one_call() -> None:
    pieces = [
        called({"index": 0, "id": f"chunk_{n}", "function": {"arguments": part}})
        for n, part in enumerate(['{"a"', ": 1}"])
    ]
    (call,) = gpt(
        called(piece("f", "", id="call_1")), *pieces, {"delta": {}, "finish_reason": "tool_calls"}
    ).tool_calls
    assert (call.id, call.name, call.arguments) == ("call_1", "f", {"a": 1})


def test_parallel_calls_without_any_index_stay_apart() -> None:
    def bare(arguments: str, **more: Any) -> dict[str, Any]:
        return called({"id": more.get("id"), "function": {"name": more.get("name"), "arguments": arguments}})

    pieces = [
        bare("", id="a", name="f"),
        bare('{"n": 1}'),
        bare("", id="b", name="f"),
        bare('{"n"'),
        bare(": 2}"),
    ]
    calls = gpt(*pieces, {"delta": {}, "finish_reason": "tool_calls"}).tool_calls
    assert [(call.id, call.arguments) for call in calls] == [("a", {"n": 1}), ("b", {"n": 2})]


def test_arguments_that_are_an_object_are_one() -> None:
    whole = {"index": 0, "id": "a", "function": {"name": "f", "arguments": {"n": [1, "ü"]}}}
    (call,) = gpt(called(whole), {"delta": {}, "finish_reason": "tool_calls"}).tool_calls
    assert call.arguments == {"n": [1, "ü"]}


def test_an_error_event_that_is_named_like_one_is_one() -> None:
    with pytest.raises(ModelOverloaded):
        drafted("anthropic", events({"type": "overloaded_error", "message": "later"}))


TEXT_BLOCK = (
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
)
CUT = {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}}


@pytest.mark.parametrize(
    "blocks",
    [
        (*TEXT_BLOCK, {"type": "message_start", "message": {}}, *TEXT_BLOCK),
        (*TEXT_BLOCK, CUT),
        (*TEXT_BLOCK, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, *TEXT_BLOCK),
    ],
    ids=["a second beginning", "two reasons", "text after the end"],
)
def test_a_message_of_claude_that_is_not_of_its_protocol_is_refused(
    blocks: tuple[dict[str, Any], ...],
) -> None:
    with pytest.raises(ModelReplyBroken) as raised:
        claude(*blocks, reason="end_turn")
    assert raised.value.retryable
