"""What each protocol is sent for one and the same request."""

import json
from dataclasses import replace

import pytest

from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.wire import spelled, within
from archon.domain.conversation import (
    BrokenCall,
    Gap,
    Message,
    ModelRequest,
    SystemBlock,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    assistant,
    user,
)
from archon.domain.values import Json, JsonObject

PROVIDERS = Providers(keys=ProviderKeys(anthropic="k", openai="k", deepseek="k", gemini="k", openrouter="k"))
SCHEMA: JsonObject = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
TOOL = Tool(name="run", description="Runs.", parameters={"type": "object"})
REQUEST = ModelRequest(
    role="coder",
    model="any",
    system=(
        SystemBlock(text="Who you are.", cache=True),
        SystemBlock(text=""),
        SystemBlock(text="The task."),
    ),
    messages=(
        user("Go."),
        Message(
            role="assistant",
            parts=(Text(text=""), ToolCall(id="c1", name="run", arguments={"command": "ls ü"})),
        ),
        Message(
            role="user", parts=(ToolResult(call_id="c1", content="no", is_error=True), Text(text="And now?"))
        ),
    ),
    tools=(TOOL,),
    output_schema=SCHEMA,
    max_output_tokens=1000,
    temperature=0.2,
)


def body(name: str, request: ModelRequest = REQUEST) -> dict[str, Json]:
    route = PROVIDERS.route(name)
    sent = spelled(DIALECTS[route.provider.protocol], within(request, route), route)
    put: dict[str, Json] = json.loads(sent)
    return put


FUNCTION: Json = {
    "type": "function",
    "function": {"name": "run", "description": "Runs.", "parameters": {"type": "object"}},
}


def test_anthropic_is_sent_blocks_and_cache_marks() -> None:
    assert body("claude-sonnet-4-6") == {
        "model": "claude-sonnet-4-6",
        "max_tokens": 1000,
        "stream": True,
        "temperature": 0.2,
        "cache_control": {"type": "ephemeral"},
        "system": [
            {"type": "text", "text": "Who you are.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "The task."},
        ],
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "Go.", "cache_control": {"type": "ephemeral"}}],
            },
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c1", "name": "run", "input": {"command": "ls ü"}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "no", "is_error": True},
                    {"type": "text", "text": "And now?"},
                ],
            },
        ],
        "tools": [{"name": "run", "description": "Runs.", "input_schema": {"type": "object"}}],
        "output_config": {
            "format": {
                "type": "json_schema",
                "schema": {
                    "type": "object",
                    "properties": {"n": {"type": "integer"}},
                    "additionalProperties": False,
                },
            }
        },
    }


def test_openai_is_sent_messages_of_their_own_for_results() -> None:
    assert body("gpt-4o") == {
        "model": "gpt-4o",
        "max_tokens": 1000,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "messages": [
            {"role": "system", "content": "Who you are.\n\nThe task."},
            {"role": "user", "content": "Go."},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "run", "arguments": '{"command":"ls ü"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "no"},
            {"role": "user", "content": "And now?"},
        ],
        "tools": [FUNCTION],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA, "strict": False},
        },
    }


def test_ollama_is_told_its_context_and_not_to_cut() -> None:
    assert body("ollama/llama3.2") == {
        "model": "llama3.2",
        "stream": True,
        "truncate": False,
        "shift": False,
        "options": {"num_ctx": 8192, "num_predict": 1000, "temperature": 0.2},
        "messages": [
            {"role": "system", "content": "Who you are.\n\nThe task."},
            {"role": "user", "content": "Go."},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"function": {"name": "run", "arguments": {"command": "ls ü"}}}],
            },
            {"role": "tool", "tool_name": "run", "content": "no"},
            {"role": "user", "content": "And now?"},
        ],
        "tools": [FUNCTION],
        "format": SCHEMA,
    }


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("claude-opus-4-7", {"temperature"}),
        ("claude-3-haiku-20240307", {"output_config"}),
        ("gpt-5", {"temperature", "max_tokens"}),
        ("deepseek/deepseek-chat", {"response_format"}),
        ("ollama/gemma:2b", {"tools"}),
    ],
)
def test_what_a_model_cannot_do_is_left_out(name: str, absent: set[str]) -> None:
    assert not absent & body(name).keys()


def test_a_reasoning_model_is_limited_by_its_own_field() -> None:
    assert body("gpt-5")["max_completion_tokens"] == 1000


def test_no_more_output_is_asked_for_than_the_model_can_give() -> None:
    assert body("claude-3-haiku-20240307", replace(REQUEST, max_output_tokens=99_999))["max_tokens"] == 4096


def test_of_the_four_cache_marks_one_is_left_for_the_conversation() -> None:
    blocks = tuple(SystemBlock(text=str(number), cache=True) for number in range(6))
    put = body("claude-sonnet-4-6", replace(REQUEST, system=blocks))
    system = put["system"]
    assert isinstance(system, list)
    assert [isinstance(each, dict) and "cache_control" in each for each in system] == [False] * 3 + [True] * 3
    assert put["cache_control"] == {"type": "ephemeral"}


@pytest.mark.parametrize("name", ["claude-sonnet-4-6", "gpt-4o", "deepseek/deepseek-chat", "ollama/llama3.2"])
def test_a_call_that_could_not_be_read_goes_on_without_what_was_written(name: str) -> None:
    made = ToolCall(id="c1", name="run", arguments={})
    broken = BrokenCall(id="c1", name="run", raw='{"command": "l', fault="it ends too soon")
    told = ToolResult(call_id="c1", content="Write it again.", is_error=True)
    said = [
        (user("Go."), Message(role="assistant", parts=(call,)), Message(role="user", parts=(told,)))
        for call in (broken, made)
    ]
    assert body(name, replace(REQUEST, messages=said[0])) == body(name, replace(REQUEST, messages=said[1]))


def marked(put: dict[str, Json]) -> list[int]:
    """Which messages of a body have a mark, each at its last block."""
    said = put["messages"]
    assert isinstance(said, list)
    contents = [each["content"] for each in said if isinstance(each, dict)]
    for content in contents:
        assert isinstance(content, list)
        assert "cache_control" not in json.dumps(content[:-1])
    return [place for place, content in enumerate(contents) if "cache_control" in json.dumps(content)]


def turn(calls: int) -> tuple[Message, ...]:
    """A turn of that many calls and their results."""
    made = [ToolCall(id=f"c{n}", name="run", arguments={}) for n in range(calls)]
    heard = [ToolResult(call_id=call.id, content="") for call in made]
    return Message(role="assistant", parts=tuple(made)), Message(role="user", parts=tuple(heard))


@pytest.mark.parametrize(
    ("later", "places"),
    [((), [0]), (turn(2), [0]), (turn(9), [0]), (turn(10), [0]), ((*turn(2), *turn(10)), [0, 2])],
    ids=["the brief alone", "a turn", "19 blocks", "20 blocks after the brief", "20 blocks after a turn"],
)
def test_the_brief_is_marked_and_the_end_before_where_it_would_be_lost(
    later: tuple[Message, ...], places: list[int]
) -> None:
    request = replace(REQUEST, messages=(user("The brief."), *later))
    assert marked(body("claude-sonnet-4-6", request)) == places


def test_marks_are_of_the_lifetime_that_was_asked_for_and_never_more_than_four() -> None:
    for count in range(1, 6):
        blocks = tuple(SystemBlock(text=str(number), cache=True) for number in range(count))
        hour: JsonObject = {"type": "ephemeral", "ttl": "1h"}
        request = replace(REQUEST, system=blocks, messages=(user("The brief."), *turn(2), *turn(10)))
        put = body("claude-sonnet-4-6", replace(request, parameters={"cache_control": hour}))
        assert json.dumps(put).count(json.dumps(hour)) == json.dumps(put).count("cache_control") <= 4


def test_what_is_noted_behind_the_brief_later_moves_no_mark() -> None:
    brief = Text(text="The brief.")
    first = Message(role="user", parts=(brief, Gap(text="[3 turns]", turns=3), Text(text="Kept.")))
    said = body("claude-sonnet-4-6", replace(REQUEST, messages=(first, *turn(1))))["messages"]
    assert isinstance(said, list) and isinstance(said[0], dict) and isinstance(said[0]["content"], list)
    assert ["cache_control" in json.dumps(block) for block in said[0]["content"]] == [True, False, False]


@pytest.mark.parametrize("blank", ["", " ", "\n\n"])
def test_anthropic_is_sent_no_blank_text_and_none_is_marked(blank: str) -> None:
    said = Message(role="assistant", parts=(Text(text=blank), ToolCall(id="c1", name="run", arguments={})))
    system = (SystemBlock(text=blank, cache=True), SystemBlock(text="Who you are.", cache=True))
    request = replace(REQUEST, system=system, messages=(user(blank), said, user("Go on.")))
    put = body("claude-sonnet-4-6", request)
    assert put["system"] == [{"type": "text", "text": "Who you are.", "cache_control": {"type": "ephemeral"}}]
    assert put["messages"] == [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "run", "input": {}}]},
        {"role": "user", "content": [{"type": "text", "text": "Go on."}]},
    ]


@pytest.mark.parametrize("name", ["claude-sonnet-4-6", "gpt-4o", "deepseek/deepseek-chat", "ollama/llama3.2"])
def test_a_later_turn_begins_with_the_bytes_of_the_earlier_one(name: str) -> None:
    route = PROVIDERS.route(name)
    dialect = DIALECTS[route.provider.protocol]
    grown = replace(REQUEST, messages=(*REQUEST.messages, assistant("Then."), user("More.")))
    earlier, later = (spelled(dialect, within(each, route), route) for each in (REQUEST, grown))
    assert later.startswith(earlier.removesuffix(b"]}") + b",")


@pytest.mark.parametrize(
    ("name", "is_marked"),
    [
        ("openrouter/anthropic/claude-sonnet-4.6", True),
        ("openrouter/qwen/qwen3-coder:free", False),
        ("gpt-4o", False),
    ],
)
def test_a_chat_completion_marks_the_conversation_where_that_is_understood(
    name: str, is_marked: bool
) -> None:
    assert ("cache_control" in body(name)) is is_marked


def test_nothing_is_marked_where_no_block_is_worth_it() -> None:
    request = replace(REQUEST, system=(SystemBlock(text="Who you are."),))
    assert "cache_control" not in json.dumps(body("claude-sonnet-4-6", request))


def test_schemas_keep_properties_that_are_named_like_keywords() -> None:
    schema: JsonObject = {
        "properties": {"minimum": {"type": "integer", "minimum": 0}},
        "required": ["minimum"],
    }
    config = body("claude-sonnet-4-6", replace(REQUEST, output_schema=schema))["output_config"]
    assert config == {
        "format": {
            "type": "json_schema",
            "schema": {
                "properties": {"minimum": {"type": "integer"}},
                "required": ["minimum"],
                "additionalProperties": False,
            },
        }
    }
