"""A result that is remembered belongs to its value, and goes with it."""

from __future__ import annotations

from archon.domain.conversation import Message, user
from archon.domain.once import Once


def test_a_value_is_computed_once() -> None:
    computed: list[Message] = []

    def text(message: Message) -> str:
        computed.append(message)
        return message.text

    of = Once(text)
    hello = user("hello")
    assert [of(hello), of(hello)] == ["hello", "hello"]
    assert computed == [hello]


def test_equal_values_are_computed_each() -> None:
    computed: list[str] = []
    of = Once[Message, None](lambda message: computed.append(message.text))
    both = [user("hello"), user("hello")]
    for message in both:
        of(message)
    assert computed == ["hello", "hello"]


def test_a_new_value_in_the_place_of_a_dead_one_is_computed() -> None:
    of = Once[Message, str](lambda message: message.text)
    assert [of(user(str(number))) for number in range(1000)] == [str(number) for number in range(1000)]


def test_nothing_is_kept_of_dead_values() -> None:
    kept: list[object] = []

    class Result:
        def __del__(self) -> None:
            kept.remove(id(self))

    def compute(message: Message) -> Result:
        result = Result()
        kept.append(id(result))
        return result

    of = Once(compute)
    message = user("hello")
    of(message)
    assert len(kept) == 1
    del message
    assert kept == []
