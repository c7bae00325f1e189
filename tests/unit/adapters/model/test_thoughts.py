"""What models think: kept to be handed back where that is wanted, and never part of an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.draft import Draft
from archon.domain.conversation import (
    Message,
    ModelRequest,
    ModelResponse,
    Text,
    Thought,
    Tool,
    ToolCall,
    ToolResult,
    user,
)
from archon.engine.models.codec import response_from_json, response_to_json
from archon.testing.model_contract import asked
from tests.builders.streams import ANTHROPIC, OLLAMA, OPENAI
from tests.builders.wire import body_of, route_of

CLAUDE, DEEPSEEK, GEMINI, LLAMA = (
    "claude-sonnet-4-6",
    "deepseek/deepseek-chat",
    "gemini/gemini-3-pro",
    "ollama/qwen3",
)
TOOL = Tool(name="run", description="Runs.", parameters={"type": "object"})


def answer(name: str, stream: str) -> ModelResponse:
    """What is understood of a stream of a model."""
    route = route_of(name)
    dialect = DIALECTS[route.provider.protocol]
    frames, reply = dialect.frames(), dialect.reply(Draft(route=route))
    for event in frames.feed(stream.encode()):
        reply.take(event)
    return reply.draft.response(asked())


def after(response: ModelResponse) -> ModelRequest:
    """The request that goes on from a response: its calls are answered."""
    results = tuple(ToolResult(call_id=call.id, content="done") for call in response.tool_calls)
    heard = Message(role="user", parts=(*results, Text(text="Go on.")))
    recorded = response_from_json(json.loads(json.dumps(response_to_json(response))))
    return replace(asked(), messages=(user("Go."), recorded.as_message(), heard), tools=(TOOL,))


def said(name: str, request: ModelRequest) -> Any:
    """The assistant's message as a model is sent it."""
    return next(each for each in body_of(name, request)["messages"] if each["role"] == "assistant")


@pytest.mark.parametrize("name", [name for name in ANTHROPIC if "thinking" in name])
def test_claude_is_handed_back_its_blocks_as_they_came(name: str) -> None:
    response = answer(CLAUDE, ANTHROPIC[name])
    events = [json.loads(line[6:]) for line in ANTHROPIC[name].splitlines() if line.startswith("data: ")]
    starts = [event["content_block"]["type"] for event in events if event["type"] == "content_block_start"]
    content = said(CLAUDE, after(response))["content"]
    assert [block["type"] for block in content] == starts
    assert "Let me" not in response.text
    signatures = [
        block.get("signature") or block.get("data") for block in content if "think" in block["type"]
    ]
    assert all(signature and signature in ANTHROPIC[name] for signature in signatures)


def test_a_block_of_thinking_keeps_every_word() -> None:
    content = said(CLAUDE, after(answer(CLAUDE, ANTHROPIC["thinking"])))["content"]
    assert content[0] == {"type": "thinking", "thinking": "Let me see.", "signature": "EqQBsig"}


def test_thinking_between_two_texts_stays_between_them() -> None:
    thought = Thought(
        source="anthropic/claude-sonnet-4-6", content={"type": "redacted_thinking"}, after_chars=2
    )
    response = ModelResponse(text="abcd", thoughts=(thought,), tool_calls=())
    kinds = [block.get("text", block["type"]) for block in said(CLAUDE, after(response))["content"]]
    assert kinds == ["ab", "redacted_thinking", "cd"]


def test_thinking_that_was_cut_before_its_signature_is_not_kept() -> None:
    stream = ANTHROPIC["thinking"].replace("signature_delta", "later_delta").replace("end_turn", "max_tokens")
    assert answer(CLAUDE, stream).thoughts == ()


@pytest.mark.parametrize("other", ["claude-opus-4-6", "gpt-4o", DEEPSEEK, LLAMA])
def test_no_other_model_is_sent_them(other: str) -> None:
    sent = json.dumps(body_of(other, after(answer(CLAUDE, ANTHROPIC["thinking"]))))
    assert "EqQBsig" not in sent
    assert "27" in sent


def test_a_message_is_spelled_the_same_with_every_turn() -> None:
    request = after(answer(CLAUDE, ANTHROPIC["thinking that is not shown"]))
    later = replace(request, messages=(*request.messages, user("More.")))
    first, second = body_of(CLAUDE, request)["messages"], body_of(CLAUDE, later)["messages"]
    assert second[: len(first)] == first


THOUGHT = OPENAI["a tool in pieces"].replace(
    '"content": null}', '"content": null, "reasoning_content": "Hm."}', 1
)


def test_deepseek_gets_back_what_led_to_a_call() -> None:
    response = answer(DEEPSEEK, THOUGHT)
    assert response.text == ""
    assert said(DEEPSEEK, after(response))["reasoning_content"] == "Hm."


@pytest.mark.parametrize("name", ["gpt-4o", "groq/qwen/qwen3-32b"])
def test_others_of_the_protocol_are_not_sent_what_they_do_not_know(name: str) -> None:
    assert "reasoning_content" not in said(name, after(answer(name, THOUGHT)))


def test_thoughts_that_led_to_no_call_are_passed_over() -> None:
    response = answer(DEEPSEEK, OPENAI["thoughts beside the text"])
    assert (response.text, response.thoughts) == ("27", ())
    assert answer(LLAMA, OLLAMA["thoughts beside the text"]).text == "27"


def test_gemini_gets_back_the_signatures_of_its_calls() -> None:
    signed = {"google": {"thought_signature": "c2ln"}}
    plain = '"type": "function", '
    stream = OPENAI["parallel tools"].replace(plain, f'{plain}"extra_content": {json.dumps(signed)}, ', 1)
    first, second = said(GEMINI, after(answer(GEMINI, stream)))["tool_calls"]
    assert first["extra_content"] == signed
    assert "extra_content" not in second


def test_ollama_gets_back_what_led_to_a_call() -> None:
    stream = '{"message": {"thinking": "Hm."}}\n' + OLLAMA["a tool"]
    assert said(LLAMA, after(answer(LLAMA, stream)))["thinking"] == "Hm."


def test_results_name_the_tool_of_the_latest_call_where_ids_repeat() -> None:
    turns = [
        message
        for name in ("read", "run")
        for message in (
            Message(role="assistant", parts=(ToolCall(id="call_0", name=name, arguments={}),)),
            Message(role="user", parts=(ToolResult(call_id="call_0", content="x"),)),
        )
    ]
    sent = body_of(LLAMA, replace(asked(), messages=(user("Go."), *turns)))["messages"]
    assert [each["tool_name"] for each in sent if each["role"] == "tool"] == ["read", "run"]


WISH = replace(asked(), thinking=True, temperature=0.2)


@pytest.mark.parametrize(
    "name", ["claude-sonnet-4-6", "claude-opus-4-6", "claude-opus-4-8", "claude-sonnet-5"]
)
def test_claude_is_asked_to_think_and_then_gets_no_temperature(name: str) -> None:
    body = body_of(name, WISH)
    assert body["thinking"] == {"type": "adaptive"}
    assert "temperature" not in body


@pytest.mark.parametrize(
    "name", ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-1", "claude-3-7-sonnet-latest", "gpt-4o"]
)
def test_the_wish_is_left_out_for_models_that_cannot(name: str) -> None:
    body = body_of(name, WISH)
    assert "thinking" not in body
    assert body["temperature"] == 0.2


def test_there_is_no_thinking_where_it_could_leave_no_room_for_the_answer() -> None:
    assert "thinking" not in body_of(CLAUDE, replace(WISH, max_output_tokens=1000))
