"""Of every protocol: no beginning of a stream is taken for the whole, wherever it is cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.draft import Draft
from archon.adapters.model.profiles import Protocol
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.conversation import Usage
from archon.domain.errors import ModelReplyBroken
from archon.testing.model_contract import CALLS, TEXT, asked
from archon.testing.model_protocols import anthropic_events, ollama_events, openai_events
from archon.testing.model_script import ServedReply
from tests.builders.streams import ANTHROPIC, OLLAMA, OPENAI

ROUTE = Providers(keys=ProviderKeys(anthropic="k")).route("claude-sonnet-4-6")
EVENTS = {"anthropic": anthropic_events, "openai": openai_events, "ollama": ollama_events}
PROTOCOLS: tuple[Protocol, ...] = ("anthropic", "openai", "ollama")


def drafted(protocol: Protocol, *parts: bytes) -> Draft:
    """What is understood of a stream that arrives in these parts."""
    dialect = DIALECTS[protocol]
    frames, reply = dialect.frames(), dialect.reply(Draft(route=ROUTE))
    for part in parts:
        for event in frames.feed(part):
            reply.take(event)
    return reply.draft


def stream(protocol: Protocol) -> bytes:
    return b"".join(EVENTS[protocol](ServedReply(text=TEXT, tool_calls=CALLS, finish="tool_calls"), "m"))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_beginning_of_a_stream_is_a_whole_reply(protocol: Protocol) -> None:
    whole = stream(protocol)
    assert drafted(protocol, whole).is_whole
    for end in range(len(whole)):
        assert not drafted(protocol, whole[:end]).is_whole, whole[:end][-40:]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_where_the_bytes_are_parted_changes_nothing(protocol: Protocol) -> None:
    whole = stream(protocol)
    expected = drafted(protocol, whole).response(asked())
    assert expected.text == TEXT
    for cut in range(len(whole)):
        assert drafted(protocol, whole[:cut], whole[cut:]).response(asked()) == expected


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_lines_may_end_as_on_windows(protocol: Protocol) -> None:
    whole = stream(protocol).replace(b"\n", b"\r\n")
    assert drafted(protocol, whole).response(asked()).text == TEXT


def test_a_reply_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = b'{"message": {"content": "' + b"a" * 1_000_000 + b'"}}\n'
    with pytest.raises(ModelReplyBroken, match="longer than"):
        drafted("ollama", *[piece] * 70)


def test_parallel_calls_that_gemini_numbers_alike_stay_apart() -> None:
    calls = [
        f'data: {{"choices": [{{"index": 0, "delta": {{"tool_calls": [{{"index": 0, "id": "{call}", '
        f'"function": {{"name": "run", "arguments": "{{}}"}}}}]}}}}]}}\n\n'
        for call in ("a", "b", "c")
    ]
    end = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
    response = drafted("openai", "".join([*calls, end]).encode()).response(asked())
    assert [call.id for call in response.tool_calls] == ["a", "b", "c"]
    assert response.finish_reason == "tool_calls"


def test_what_gemini_thought_out_of_sight_is_counted() -> None:
    usage = '{"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 400}'
    end = (
        f'data: {{"choices": [{{"delta": {{}}, "finish_reason": "stop"}}], "usage": {usage}}}\n\n'
        "data: [DONE]\n\n"
    )
    assert drafted("openai", end.encode()).response(asked()).usage.output_tokens == 390


@settings(max_examples=200, deadline=None)
@given(
    prompt=st.integers(0, 10_000),
    answer=st.integers(0, 10_000),
    details=st.dictionaries(st.sampled_from(["cached_tokens", "cache_write_tokens"]), st.integers(0, 20_000)),
    hit=st.none() | st.integers(0, 20_000),
)
def test_the_four_counts_of_a_chat_completion_never_overlap(
    prompt: int, answer: int, details: dict[str, int], hit: int | None
) -> None:
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "prompt_tokens_details": details,
        "prompt_cache_hit_tokens": hit,
    }
    counted = drafted("openai", ended(usage=usage)).usage
    assert counted is not None
    assert counted.input_tokens + counted.cache_read_tokens + counted.cache_write_tokens == prompt
    assert counted.output_tokens == answer


def ended(**fields: object) -> bytes:
    """The end of a chat completion, with these fields beside it."""
    chunk = {"choices": [{"delta": {}, "finish_reason": "stop"}], **fields}
    return f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()


USAGE = {"prompt_tokens": 10, "completion_tokens": 5}


@pytest.mark.parametrize(
    ("fields", "read", "written"),
    [
        ({"usage": {**USAGE, "prompt_tokens_details": {"cached_tokens": 4}}}, 4, 0),
        ({"usage": {**USAGE, "prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6}}, 4, 0),
        ({"usage": {**USAGE, "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2}}}, 3, 2),
        ({"usage": {**USAGE, "prompt_tokens_details": None}}, 0, 0),
        ({"x_groq": {"id": "req_1", "usage": USAGE}}, 0, 0),
        ({"choices": [{"delta": {}, "finish_reason": "stop", "usage": USAGE}]}, 0, 0),
        ({"usage": {}, "x_groq": {"usage": USAGE}}, 0, 0),
    ],
    ids=["OpenAI and Gemini", "DeepSeek", "OpenRouter", "none", "Groq", "Moonshot", "an empty one first"],
)
def test_what_a_cache_held_is_read_as_each_provider_says_it(
    fields: dict[str, object], read: int, written: int
) -> None:
    usage = drafted("openai", ended(**fields)).usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (
        10 - read - written,
        read,
        written,
    )
    assert usage.output_tokens == 5


def test_what_claude_wrote_into_its_caches_counts_together() -> None:
    by_lifetime = {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 12}
    usage = {"input_tokens": 7, "cache_read_input_tokens": 5, "cache_creation": by_lifetime}
    start = {"type": "message_start", "message": {"usage": usage}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
    events = [start, end, {"type": "message_stop"}]
    counted = drafted("anthropic", *(f"data: {json.dumps(event)}\n\n".encode() for event in events)).usage
    assert counted == Usage(input_tokens=7, output_tokens=3, cache_read_tokens=5, cache_write_tokens=42)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": -1}, 5, [], "12"])
def test_a_later_count_that_is_none_takes_away_no_earlier_one(usage: object) -> None:
    first = f"data: {json.dumps({'choices': [], 'usage': USAGE})}\n\n".encode()
    assert drafted("openai", first + ended(usage=usage)).usage == Usage(input_tokens=10, output_tokens=5)


@pytest.mark.parametrize("count", [-1, 1.5, "12", [], True, 10**12])
def test_no_reply_is_lost_for_how_it_was_counted(count: object) -> None:
    """It is taken to be as long as it may be."""
    line = {"message": {"content": "x"}, "done": True, "done_reason": "stop", "eval_count": count}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": count}}
    claude = [
        {"type": "message_start", "message": {"usage": {"input_tokens": count}}},
        end,
        {"type": "message_stop"},
    ]
    streams: dict[Protocol, bytes] = {
        "ollama": json.dumps({**line, "prompt_eval_count": 3}).encode() + b"\n",
        "openai": ended(usage={**USAGE, "completion_tokens": count}),
        "anthropic": "".join(f"data: {json.dumps(event)}\n\n" for event in claude).encode(),
    }
    for protocol, sent in streams.items():
        usage = drafted(protocol, sent).response(asked()).usage
        assert usage.is_estimated and usage.output_tokens == asked().max_output_tokens


RECORDED: list[tuple[Protocol, str, str]] = [
    *(("anthropic", name, said) for name, said in ANTHROPIC.items()),
    *(("openai", name, said) for name, said in OPENAI.items()),
    *(("ollama", name, said) for name, said in OLLAMA.items()),
]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["lines", "lines of Windows"])
@pytest.mark.parametrize(("protocol", "name", "said"), RECORDED, ids=[f"{p}-{n}" for p, n, _ in RECORDED])
def test_no_beginning_of_a_recorded_stream_is_whole(
    protocol: Protocol, name: str, said: str, line_end: str
) -> None:
    sent = said.replace("\n", line_end).encode()
    dialect = DIALECTS[protocol]
    frames, reply = dialect.frames(), dialect.reply(Draft(route=ROUTE))
    # An event is whole with the first half of the end of its last line, as the standard has it.
    end = len(sent) - (line_end == "\r\n" and protocol != "ollama")
    for at in range(end - 1):
        for event in frames.feed(sent[at : at + 1]):
            reply.take(event)
        assert not reply.draft.is_whole, f"{name} at byte {at} of {end}"
    for event in frames.feed(sent[end - 1 :]):
        reply.take(event)
    assert reply.draft.is_whole
    assert reply.draft.response(asked()) == drafted(protocol, said.encode()).response(asked())
