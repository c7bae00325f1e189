"""What compaction keeps, whatever the conversation: its purpose, people's words, open calls, pairs, order."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from archon.domain.conversation import (
    Gap,
    Message,
    Part,
    Text,
    ToolCall,
    ToolResult,
    ToolText,
    assistant,
    user,
)
from archon.domain.token_estimate import estimate_message
from archon.engine.context.compact import Compacted, compact
from archon.engine.context.names import name_of_arguments, name_of_text, spelled
from archon.engine.context.turns import said_by_tool, turns_of
from tests.builders.conversations import CONTRACT, conversations, tool_turn

ROOMS = st.integers(0, 20_000)
many = settings(max_examples=150, deadline=None)


def tokens(messages: tuple[Message, ...]) -> int:
    return sum(map(estimate_message, messages))


def parts(messages: tuple[Message, ...]) -> list[Part]:
    return [part for message in messages for part in message.parts]


def words(messages: tuple[Message, ...]) -> list[str]:
    """What people and the workflow said."""
    said = [part for message in messages if message.role == "user" for part in message.parts]
    return [part.text for part in said if isinstance(part, Text) and not isinstance(part, ToolText | Gap)]


def call_ids(messages: tuple[Message, ...]) -> list[str]:
    return [part.id for part in parts(messages) if isinstance(part, ToolCall)]


def result_ids(messages: tuple[Message, ...]) -> list[str]:
    return [part.call_id for part in parts(messages) if isinstance(part, ToolResult)]


def is_within(shorter: list[str], longer: list[str]) -> bool:
    rest = iter(longer)
    return all(each in rest for each in shorter)


@many
@given(messages=conversations(), room=ROOMS)
def test_the_purpose_and_every_word_of_a_person_stay(messages: tuple[Message, ...], room: int) -> None:
    after = compact(messages, room=room).messages
    assert words(after) == words(messages)
    assert after[0].parts[0] == Text(text=CONTRACT)


@many
@given(messages=conversations(), room=ROOMS)
def test_open_calls_and_their_turns_stay_as_they_are(messages: tuple[Message, ...], room: int) -> None:
    after = compact(messages, room=room).messages
    for turn in turns_of(messages):
        if turn.is_open:
            assert messages[turn.start] in after
            answers = [part for place in turn.places for part in messages[place].parts]
            assert all(part in parts(after) for part in answers)


@many
@given(messages=conversations(), room=ROOMS)
def test_the_last_turn_stays_whole(messages: tuple[Message, ...], room: int) -> None:
    after = compact(messages, room=room).messages
    last = turns_of(messages)[-1:]
    for turn in last:
        kept = messages[turn.start : turn.end]
        assert after[-len(kept) :] == kept


@many
@given(messages=conversations(), room=ROOMS)
def test_calls_and_results_stay_or_go_together_in_their_order(
    messages: tuple[Message, ...], room: int
) -> None:
    after = compact(messages, room=room).messages
    before_calls, before_results = call_ids(messages), result_ids(messages)
    assert is_within(call_ids(after), before_calls)
    assert is_within(result_ids(after), before_results)
    answered = set(before_results)
    assert [each for each in call_ids(after) if each in answered] == result_ids(after)
    titles = [part.call_id for part in parts(messages) if isinstance(part, ToolText)]
    assert is_within([part.call_id for part in parts(after) if isinstance(part, ToolText)], titles)


@many
@given(messages=conversations(), room=ROOMS)
def test_roles_alternate_and_no_message_is_empty(messages: tuple[Message, ...], room: int) -> None:
    after = compact(messages, room=room).messages
    assert all(one.role != other.role for one, other in itertools.pairwise(after))
    assert after[-1].role == messages[-1].role
    assert all(message.parts for message in after)


@many
@given(messages=conversations(), room=ROOMS)
def test_it_never_grows_and_fits_or_says_that_it_cannot(messages: tuple[Message, ...], room: int) -> None:
    compacted = compact(messages, room=room)
    assert tokens(compacted.messages) <= tokens(messages)
    assert compacted.fits == (tokens(compacted.messages) <= room)
    assert compacted.left_out.tokens == tokens(messages) - tokens(compacted.messages)
    if not compacted.fits:
        only = compact(messages, room=0)
        assert tokens(only.messages) > room
        assert only.messages == compacted.messages


@many
@given(messages=conversations(), room=ROOMS)
def test_it_does_nothing_without_need_and_nothing_twice(messages: tuple[Message, ...], room: int) -> None:
    once = compact(messages, room=room)
    if tokens(messages) <= room:
        assert once.messages == messages
        assert not once.left_out
    again = compact(once.messages, room=room)
    assert again.messages == once.messages
    assert not again.left_out
    assert compact(messages, room=room).messages == once.messages


@many
@given(messages=conversations(), rooms=st.tuples(ROOMS, ROOMS))
def test_less_room_never_brings_anything_back(messages: tuple[Message, ...], rooms: tuple[int, int]) -> None:
    small, large = (compact(messages, room=room, recall="recall") for room in sorted(rooms))
    assert tokens(small.messages) <= tokens(large.messages)
    assert large.left_out.originals.keys() <= small.left_out.originals.keys()


@many
@given(messages=conversations(), room=ROOMS)
def test_what_stands_before_the_first_change_is_the_same_objects(
    messages: tuple[Message, ...], room: int
) -> None:
    after = compact(messages, room=room).messages
    first = next((at for at, (old, new) in enumerate(zip(messages, after, strict=False)) if old != new), None)
    kept = [message for message in after if any(message is old for old in messages)]
    assert after[:first] == messages[:first]
    assert all(new is old for new, old in zip(after[:first], messages, strict=False))
    assert all(any(new is old for old in messages) for new in after if new in messages)
    assert len(kept) >= len(turns_of(messages)[-1:])


@many
@given(messages=conversations(), rooms=st.lists(ROOMS, min_size=1, max_size=3))
def test_everything_left_out_can_be_had_again(messages: tuple[Message, ...], rooms: list[int]) -> None:
    originals: dict[str, str] = {}
    now = messages
    gone = 0
    for room in sorted(rooms, reverse=True):
        compacted = compact(now, room=room, recall="recall")
        originals = {**compacted.left_out.originals, **originals}
        gone += compacted.left_out.turns
        now = compacted.messages
    present = parts(now)
    for message in messages:
        for part in message.parts:
            if part in present:
                continue
            if isinstance(part, ToolCall):
                assert originals[name_of_arguments(part)] == spelled(part.arguments)
            elif (said := said_by_tool(part)) is not None and not isinstance(part, ToolCall):
                assert originals[getattr(part, "call_id", "")] == said
            elif isinstance(part, Text) and part.text:
                assert originals[name_of_text(part.text)] == part.text
    gaps = [part for part in present if isinstance(part, Gap)]
    assert [gap.turns for gap in gaps] == ([gone] if gone else [])
    assert len(messages) - len(now) == 2 * gone


LONG = (user("Do it."), *(message for number in range(20) for message in tool_turn(number)))


def shortened_to(share: float) -> Compacted:
    compacted = compact(LONG, room=int(tokens(LONG) * share), recall="recall")
    assert compacted.fits
    return compacted


def test_results_go_first_then_arguments_then_answers_then_whole_turns() -> None:
    with_long_results = (
        user("Do it."),
        *(m for number in range(20) for m in tool_turn(number, result="r" * 12_000)),
    )
    kinds = []
    for share in (0.99, 0.9, 0.78, 0.6):
        out = compact(with_long_results, room=int(tokens(with_long_results) * share)).left_out
        kinds.append([kind for kind, count in out.to_json().items() if kind != "tokens" and count])
    order = ["results", "arguments", "texts", "turns"]
    assert kinds == [order[:1], order[:2], order[:3], order]


def test_it_happens_in_large_steps() -> None:
    compacted = shortened_to(0.9)
    assert tokens(compacted.messages) <= 0.45 * tokens(LONG)


def test_the_latest_six_turns_stay_whole_while_that_is_enough() -> None:
    compacted = shortened_to(0.9)
    assert compacted.messages[-12:] == LONG[-12:]


def test_a_stub_says_what_it_was_how_long_and_how_to_see_it_again() -> None:
    compacted = shortened_to(0.9)
    (result,) = compacted.messages[2].parts
    assert isinstance(result, ToolResult)
    assert result.content.startswith("[Left out to save room: the result of write_file {")
    assert result.content.endswith('2,000 characters in 1 lines. recall "c0" shows it again.]')
    silent = compact(LONG, room=int(tokens(LONG) * 0.9)).messages[2].parts[0]
    assert isinstance(silent, ToolResult)
    assert silent.content.endswith("Make the call again if you need it.]")


def test_a_conversation_without_tools_is_not_touched() -> None:
    talk = (user("Write."), assistant("a" * 9_000), user("Again."), assistant("b" * 9_000), user("More."))
    compacted = compact(talk, room=1_000)
    assert compacted.messages == talk
    assert not compacted.fits
