"""Conversations: only ever longer until they no longer fit, then shorter in one step that is decided by the
record alone."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archon.adapters.memory.journal import MemoryJournal
from archon.adapters.model.dialects import DIALECTS
from archon.adapters.model.profiles import Protocol
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.wire import spelled, within
from archon.cli.story import Story
from archon.domain.conversation import (
    Gap,
    Message,
    ModelRequest,
    SystemBlock,
    Text,
    ToolCall,
    ToolResult,
    ToolText,
    user,
)
from archon.domain.events import Completed, Draft, Event, Started
from archon.domain.plain import from_plain, to_plain
from archon.domain.values import Digest, Json, JsonObject
from archon.engine.history import History
from archon.engine.modes import Replay
from archon.engine.outcomes import Refusal
from archon.testing.manual_clock import ManualClock
from tests.builders.conversations import CONTRACT, WORD, TirelessModel, begun, go_on
from tests.builders.dying_journal import Crash, DyingJournal
from tests.builders.scopes import TASK

SMALL = 8_000
"""Tokens of a context that 30 turns fill several times."""
NAMES: dict[Protocol, str] = {
    "anthropic": "claude-sonnet-4-6",
    "openai": "gpt-4o",
    "ollama": "ollama/llama3.2",
}
OLD_HASHES = (
    Digest("f061bb8ac40f607471489d94567a8de48d7efea796721f22a08b6d593ffd6e8b"),
    Digest("e95c47befa61d8b63d0dfe802b1fbd718f8b0196511291a98d21cbbfa9c32b15"),
    Digest("4690a67b2db1d71ad6179d16fd36b4cd28f274df9dab9186a97ebecfe89cb947"),
)
KEYS = ProviderKeys(anthropic="k", openai="k")


def body(request: ModelRequest, protocol: Protocol) -> bytes:
    """What goes over the wire."""
    route = Providers(keys=KEYS).route(NAMES[protocol])
    return spelled(DIALECTS[protocol], within(request, route), route)


def sent(model: TirelessModel) -> list[ModelRequest]:
    return list(model.requests.values())


async def compactions(journal: MemoryJournal) -> list[Event]:
    return [event for event in await journal.events(TASK) if _left_out(event) is not None]


def _left_out(event: Event) -> Json:
    is_call = isinstance(event.body, Started) and isinstance(event.body.request, dict)
    return event.body.request.get("left_out") if is_call else None  # type: ignore[union-attr]


@pytest.mark.parametrize("protocol", NAMES)
@pytest.mark.parametrize("in_words", [False, True])
async def test_each_request_is_the_last_one_and_more(protocol: Protocol, in_words: bool) -> None:
    model = TirelessModel(in_words=in_words)
    await go_on(await begun(model), 50)
    bodies = [body(request, protocol) for request in sent(model)]
    assert len(bodies) == 50
    for before, after in itertools.pairwise(bodies):
        assert before.endswith(b"]}")
        assert after.startswith(before.removesuffix(b"]}"))
        assert len(after) > len(before)


async def test_what_was_said_before_is_never_said_anew_while_it_fits() -> None:
    model = TirelessModel()
    await go_on(await begun(model), 12)
    first, *_, last = sent(model)
    assert all(new is old for new, old in zip(last.messages, first.messages, strict=False))
    assert last.measured is not None
    assert last.measured.messages == len(last.messages) - 1


@pytest.mark.parametrize("in_words", [False, True])
async def test_a_long_conversation_keeps_its_purpose_and_goes_on(in_words: bool) -> None:
    model, journal = TirelessModel(in_words=in_words), MemoryJournal(ManualClock())
    await go_on(await begun(model, journal, context_tokens=SMALL), 60)
    last = sent(model)[-1]
    said = [part.text for message in last.messages for part in message.parts if isinstance(part, Text)]
    assert len(sent(model)) == 60
    assert said[0] == CONTRACT
    assert [text for text in said if text.startswith(WORD)] == [f"{WORD}{turn}" for turn in range(2, 59, 3)]
    assert last.system == sent(model)[0].system
    assert len(await compactions(journal)) <= 12, "large steps"


async def test_between_compactions_the_prefix_stays_and_what_stood_before_the_change_too() -> None:
    model, journal = TirelessModel(), MemoryJournal(ManualClock())
    await go_on(await begun(model, journal, context_tokens=SMALL), 60)
    bodies = [body(request, "anthropic").removesuffix(b"]}") for request in sent(model)]
    broken = [at for at in range(1, 60) if not bodies[at].startswith(bodies[at - 1])]
    assert len(broken) == len(await compactions(journal)) > 1
    purpose = bodies[0].removesuffix(b"]}")
    assert CONTRACT.strip().encode() in purpose
    assert all(bodies[at].startswith(purpose) for at in broken)


async def test_a_compaction_starts_a_new_base_and_is_told_to_people() -> None:
    model, journal = TirelessModel(), MemoryJournal(ManualClock())
    await go_on(await begun(model, journal, context_tokens=SMALL), 30)
    first, *_ = await compactions(journal)
    assert isinstance(first.body, Started)
    assert isinstance(first.body.request, dict)
    assert set(first.body.request) == {"agent", "head", "new", "left_out"}
    place = int(first.key)
    assert first.body.request["new"] == [to_plain(message) for message in sent(model)[place].messages]
    story = Story()
    (told,) = [
        line.text for event in await journal.events(TASK) for line in story.tell(event) if event is first
    ]
    assert told.startswith("  coder: compacted: ")
    assert "results" in told
    assert told.endswith("tokens left out")


@pytest.mark.parametrize("in_words", [False, True])
async def test_what_was_left_out_can_be_asked_for(in_words: bool) -> None:
    model = TirelessModel(in_words=in_words)
    conversation = await begun(model, context_tokens=SMALL)
    await go_on(conversation, 60)
    for turn in range(59):
        name = f"c{turn}" if in_words else f"call_0_{turn}".removesuffix("_0")
        assert conversation.original(name) == f"line {turn} of the file\n" * 45
    assert (conversation.original("turns") or "").count("write_file" if not in_words else "read_file") > 1
    assert conversation.original("no such thing") is None
    shown = [part for message in conversation.request.messages for part in message.parts]
    names = [part.id for part in shown if isinstance(part, ToolCall)]
    assert len(set(names)) == len(names)


async def test_calls_that_a_provider_numbers_anew_are_told_apart() -> None:
    model = TirelessModel()
    await go_on(await begun(model), 4)
    parts = [part for message in sent(model)[-1].messages for part in message.parts]
    calls = [part.id for part in parts if isinstance(part, ToolCall)]
    assert calls == ["call_0", "call_0_1", "call_0_2"]
    assert [part.call_id for part in parts if isinstance(part, ToolResult)] == calls


async def test_what_cannot_be_left_out_and_does_not_fit_is_refused() -> None:
    conversation = await begun(TirelessModel(), context_tokens=SMALL)
    with pytest.raises(Refusal, match=r"can hold 8,000 with its reply.*larger context"):
        await conversation.send(user(CONTRACT * 80))


async def test_after_a_refusal_the_conversation_is_as_it_was() -> None:
    model = TirelessModel()
    conversation = await begun(model, context_tokens=SMALL)
    await go_on(conversation, 3)
    before = conversation.request
    with pytest.raises(Refusal):
        await conversation.send(user("é" * 60_000))
    assert conversation.request is before
    await conversation.send(user("Go on."))
    assert sent(model)[-1].messages[: len(before.messages)] == before.messages


@settings(max_examples=25, deadline=None)
@given(
    crashes=st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=4),
    in_words=st.booleans(),
)
async def test_killed_anywhere_it_sends_the_same_requests_byte_for_byte(
    crashes: list[tuple[int, bool]], in_words: bool
) -> None:
    undisturbed = TirelessModel(in_words=in_words)
    whole = MemoryJournal(ManualClock())
    await go_on(await begun(undisturbed, whole, context_tokens=SMALL), 25)
    assert await compactions(whole)
    killed, journal = TirelessModel(in_words=in_words), DyingJournal()
    for dies_at, after in [*crashes, (10_000, False)]:
        conversation = await begun(killed, journal, context_tokens=SMALL)
        journal.dies_at, journal.dies_after_writing = journal.appends + dies_at, after
        try:
            await go_on(conversation, 25)
        except Crash:
            continue
    for one, other in zip(sent(undisturbed), sent(killed), strict=True):
        assert body(one, "anthropic") == body(other, "anthropic")
        assert one == other
    assert [_left_out(event) for event in await compactions(whole)] == list(
        {event.key: _left_out(event) for event in await compactions(journal)}.values()
    )


async def test_a_replay_decides_the_same_and_asks_nobody() -> None:
    model, journal = TirelessModel(), MemoryJournal(ManualClock())
    conversation = await begun(model, journal, context_tokens=SMALL)
    await go_on(conversation, 25)
    recording = History(await journal.events(TASK))
    player = TirelessModel()
    replayed = await begun(player, mode=Replay(recording), context_tokens=SMALL)
    await go_on(replayed, 25)
    assert player.calls == 0
    assert replace(replayed.request, ref=conversation.request.ref) == conversation.request
    assert replayed.original("call_0") == conversation.original("call_0")


def old_answer(number: int) -> JsonObject:
    """As it was written before answers said who was asked."""
    tokens: JsonObject = {
        "input_tokens": 41 + 2 * number,
        "output_tokens": 4,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
        "is_estimated": False,
    }
    return {
        "text": f"Answer {2 * number + 1}.",
        "tool_calls": [],
        "finish_reason": "stop",
        "usage": tokens,
        "model": "m",
        "cost_microusd": 0,
        "price_known": True,
        "reservation_id": "",
    }


async def test_a_journal_of_before_compaction_goes_on_where_it_was() -> None:
    """The hashes are those that were written then."""
    journal = MemoryJournal(ManualClock())
    head = ModelRequest(
        role="coder",
        model="m",
        system=(SystemBlock(text="You write code.", cache=True),),
        messages=(),
        output_schema={"type": "object"},
        max_output_tokens=500,
        agent="coder",
    )
    before = await begun(TirelessModel(), journal, context_tokens=SMALL, head=head)
    for number, hashed in enumerate(OLD_HASHES):
        await before.scope.run.append(
            Draft(body=Started(effect="model", request={}), key=str(number), hash=hashed),
            Draft(body=Completed(effect="model", result=old_answer(number)), key=str(number), hash=hashed),
        )
    model = TirelessModel()
    resumed = await begun(model, journal, context_tokens=SMALL, head=head)
    words = ["Write it.", "Again.", "Once more."]
    assert [(await resumed.send(user(word))).text for word in words] == [
        "Answer 1.",
        "Answer 3.",
        "Answer 5.",
    ]
    assert model.calls == 0
    assert [event.body.kind for event in await journal.events(TASK)].count("diverged") == 0


def test_notes_and_results_in_words_are_kept_in_the_record() -> None:
    parts = (Text(text="t"), ToolText(text="x", call_id="c", title="read"), Gap(text="g", turns=3))
    message = Message(role="user", parts=parts)
    assert from_plain(Message, to_plain(message)) == message
