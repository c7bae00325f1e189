"""A result that is remembered belongs to its value, and goes with it."""

from __future__ import annotations

from archon.domain.conversation import SystemBlock
from archon.domain.once import Once


def test_a_value_is_computed_once() -> None:
    computed: list[SystemBlock] = []

    def text(block: SystemBlock) -> str:
        computed.append(block)
        return block.text

    of = Once(text)
    hello = SystemBlock(text="hello")
    assert [of(hello), of(hello)] == ["hello", "hello"]
    assert computed == [hello]


def test_equal_values_are_computed_each() -> None:
    computed: list[str] = []
    of = Once[SystemBlock, None](lambda block: computed.append(block.text))
    both = [SystemBlock(text="hello"), SystemBlock(text="hello")]
    for block in both:
        of(block)
    assert computed == ["hello", "hello"]


def test_a_new_value_in_the_place_of_a_dead_one_is_computed() -> None:
    of = Once[SystemBlock, str](lambda block: block.text)
    assert [of(SystemBlock(text=str(number))) for number in range(1000)] == [
        str(number) for number in range(1000)
    ]


def test_nothing_is_kept_of_dead_values() -> None:
    kept: list[object] = []

    class Result:
        def __del__(self) -> None:
            kept.remove(id(self))

    def compute(block: SystemBlock) -> Result:
        result = Result()
        kept.append(id(result))
        return result

    of = Once(compute)
    block = SystemBlock(text="hello")
    of(block)
    assert len(kept) == 1
    del block
    assert kept == []
