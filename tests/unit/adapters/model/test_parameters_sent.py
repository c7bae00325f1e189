"""What each protocol is sent for parameters of settings, and what is left out for models that cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archon.domain.values import JsonObject
from archon.testing.model_contract import asked
from tests.builders.wire import body_of

ALL: JsonObject = {
    "temperature": 0.5,
    "top_p": 0.9,
    "seed": 7,
    "stop": "END",
    "effort": "high",
    "num_ctx": 16_384,
    "max_tokens": 500,
    "user_tag": "mine",
}


def body(name: str, parameters: JsonObject, **fields: Any) -> dict[str, Any]:
    """What is sent beside what every request has."""
    sent = body_of(name, replace(asked(), parameters=parameters, **fields))
    return {key: value for key, value in sent.items() if key not in body_of(name, asked())}


def test_claude_is_told_in_its_own_words() -> None:
    assert body("claude-opus-4-6", ALL) == {
        "temperature": 0.5,
        "top_p": 0.9,
        "stop_sequences": ["END"],
        "output_config": {"effort": "high"},
        "user_tag": "mine",
    }


def test_a_chat_completion_is_told_in_its_own_words() -> None:
    assert body("gemini/gemini-2.5-pro", ALL) == {
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": "END",
        "reasoning_effort": "high",
        "user_tag": "mine",
    }


def test_ollama_is_told_among_its_options() -> None:
    given = ALL | {"top_k": 40, "keep_alive": "10m", "options": {"low_vram": True, "num_predict": 9}}
    sent = body_of("ollama/llama3.2", replace(asked(), parameters=given))
    assert sent["options"] == {
        "low_vram": True,
        "top_p": 0.9,
        "seed": 7,
        "top_k": 40,
        "stop": ["END"],
        "temperature": 0.5,
        "num_ctx": 16_384,
        "num_predict": 4096,
    }
    assert (sent["keep_alive"], sent["user_tag"]) == ("10m", "mine")
    assert "think" not in sent


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("claude-opus-4-8", {"temperature", "top_p"}),
        ("claude-haiku-4-5", {"output_config"}),
        ("gpt-5", {"temperature", "top_p"}),
        ("gpt-4o", {"reasoning_effort"}),
        ("groq/llama-3.3-70b-versatile", {"reasoning_effort"}),
    ],
)
def test_what_a_model_cannot_take_is_left_out(name: str, absent: set[str]) -> None:
    assert not absent & body(name, ALL).keys()


def test_what_the_call_says_itself_comes_first() -> None:
    form: JsonObject = {"type": "json_object"}
    schema: JsonObject = {"type": "object"}
    sent = body(
        "gpt-4o", {"temperature": 0.5, "response_format": form}, temperature=0.1, output_schema=schema
    )
    assert sent["temperature"] == 0.1
    assert sent["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("name", ["gpt-4o", "claude-opus-4-6", "ollama/llama3.2"])
def test_nothing_makes_another_request_of_it(name: str) -> None:
    forged: JsonObject = {
        "model": "x",
        "messages": [],
        "stream": False,
        "tools": [],
        "max_completion_tokens": 9,
    }
    assert body_of(name, replace(asked(), parameters=forged)) == body_of(name, asked())


FORM: JsonObject = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}


def test_a_form_of_replies_is_asked_for_as_each_protocol_has_it() -> None:
    assert body("gpt-4o", {"response_format": FORM})["response_format"] == FORM
    assert body("ollama/llama3.2", {"response_format": FORM})["format"] == {"type": "object"}
    assert body("ollama/llama3.2", {"response_format": {"type": "json_object"}})["format"] == "json"
    config = body("claude-opus-4-6", {"response_format": FORM})["output_config"]
    assert config["format"]["schema"] == {"type": "object", "additionalProperties": False}
    assert body("claude-opus-4-6", {"response_format": {"type": "json_object"}}) == {}
    assert body("deepseek/deepseek-chat", {"response_format": FORM}) == {}


@pytest.mark.parametrize(
    ("name", "thinking", "wish", "sent"),
    [
        ("claude-opus-4-6", True, False, {"thinking": {"type": "adaptive"}}),
        ("claude-opus-4-6", False, True, {}),
        ("claude-haiku-4-5", True, True, {}),
        (
            "claude-haiku-4-5",
            {"type": "enabled", "budget_tokens": 2000},
            False,
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
        ),
        ("deepseek/deepseek-chat", {"type": "enabled"}, False, {"thinking": {"type": "enabled"}}),
        ("deepseek/deepseek-chat", True, True, {}),
        ("ollama/qwen3", True, False, {"think": True}),
        ("ollama/qwen3", False, True, {"think": False}),
    ],
)
def test_thinking_is_switched_as_each_protocol_has_it(
    name: str, thinking: bool | JsonObject, wish: bool, sent: dict[str, Any]
) -> None:
    assert body(name, {"thinking": thinking}, thinking=wish) == sent


def test_beside_a_thinking_of_ones_own_there_is_no_temperature() -> None:
    own: JsonObject = {"thinking": {"type": "enabled", "budget_tokens": 2000}, "temperature": 0.5, "top_k": 5}
    assert body("claude-haiku-4-5", own).keys() == {"thinking"}


def test_gpt_oss_is_told_how_hard_to_think() -> None:
    assert body("ollama/gpt-oss:20b", {"effort": "high"}) == {"think": "high"}


@pytest.mark.parametrize("name", ["ollama/gemma:2b", "gpt-4o", "groq/llama-3.3-70b-versatile"])
@pytest.mark.parametrize("thinking", [True, {"type": "enabled", "budget_tokens": 2000}])
def test_a_model_that_cannot_think_is_not_told_to(name: str, thinking: bool | JsonObject) -> None:
    assert body(name, {"thinking": thinking, "think": True}) == {}


@pytest.mark.parametrize(
    ("room", "sent"),
    [
        (60_000, {"type": "enabled", "budget_tokens": 50_000}),
        (50_000, {"type": "enabled", "budget_tokens": 25_000}),
        (8_000, {"type": "enabled", "budget_tokens": 4_000}),
        (2_000, {"type": "disabled"}),
    ],
)
def test_thinking_leaves_room_for_the_answer(room: int, sent: JsonObject) -> None:
    own: JsonObject = {"thinking": {"type": "enabled", "budget_tokens": 50_000}}
    told = body_of("claude-haiku-4-5", replace(asked(), parameters=own, max_output_tokens=room))
    assert told["thinking"] == sent
