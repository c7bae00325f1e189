"""What is computed of a conversation that grows: the same as of any messages, from each of them once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archon.domain.conversation import Message, user
from archon.domain.said import Fold, Said

A, B, C, D = map(user, "abcd")


def texts() -> tuple[Fold[str], list[Message]]:
    """All that was said in a row, and the messages that were looked at for it."""
    seen: list[Message] = []

    def grow(before: str, new: tuple[Message, ...]) -> str:
        seen.extend(new)
        return before + "".join(message.text for message in new)

    return Fold("", grow), seen


def test_a_conversation_equals_its_messages() -> None:
    grown = Said((A,)).and_then(B, C)
    assert grown == (A, B, C)
    assert hash(grown) == hash((A, B, C))
    assert Said.of(grown) is grown
    assert Said.of((A, B)) == (A, B)


def test_each_message_is_looked_at_once() -> None:
    of, seen = texts()
    first = Said((A, B))
    assert [of(first), of(first)] == ["ab", "ab"]
    grown = first.and_then(C)
    assert [of(grown), of(grown), of(first)] == ["abc", "abc", "ab"]
    assert seen == [A, B, C]


def test_what_grows_in_two_ways_is_told_apart() -> None:
    of, seen = texts()
    common = Said((A,))
    assert of(common) == "a"
    one, other = common.and_then(B), common.and_then(C, D)
    assert [of(one), of(other), of(one.and_then(D)), of(common)] == ["ab", "acd", "abd", "a"]
    assert seen == [A, B, C, D, D]


def test_messages_that_are_no_conversation_are_computed_whole() -> None:
    of, seen = texts()
    assert [of((A, B)), of((A, B))] == ["ab", "ab"]
    assert seen == [A, B, A, B]


def test_two_functions_do_not_meet() -> None:
    of, _ = texts()
    count = Fold[int](0, lambda before, new: before + len(new))
    grown = Said((A,))
    assert (of(grown), count(grown)) == ("a", 1)
    assert (count(grown.and_then(B)), of(grown.and_then(B))) == (2, "ab")


@given(st.lists(st.tuples(st.text(max_size=3), st.booleans()), max_size=12))
def test_however_it_grows_the_value_is_that_of_all(steps: list[tuple[str, bool]]) -> None:
    of, _ = texts()
    said = Said()
    for text, is_asked in steps:
        said = said.and_then(user(text))
        if is_asked:
            assert of(said) == of(tuple(said))
    assert of(said) == "".join(text for text, _ in steps)
