"""Of every protocol: no beginning of a stream is taken for the whole, wherever it is cut."""

import pytest

from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.draft import Draft
from archon.adapters.model.profiles import Protocol
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.errors import ModelReplyBroken
from archon.testing.model_contract import CALLS, TEXT, asked
from archon.testing.model_protocols import anthropic_events, ollama_events, openai_events
from archon.testing.model_script import ServedReply

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
