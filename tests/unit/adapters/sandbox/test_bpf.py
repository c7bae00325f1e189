"""What is compiled does what was decided, however far the jumps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.sandbox.bpf import Answer, Branch, Condition, Keep, Load, by_range, compiled, one_of
from tests.builders.bpf import Filter


@given(starts=st.sets(st.integers(1, 2000), max_size=900), number=st.integers(0, 2100))
def test_what_is_far_away_is_reached(starts: set[int], number: int) -> None:
    """Each range has an answer of its own, so that the program gets long."""
    places = [0, *sorted(starts)]
    run = Filter(compiled(Load(0, by_range([(place, Answer(place)) for place in places]))))
    verdict = run(0, number)
    assert verdict.answer == max(place for place in places if place <= number)
    assert verdict.steps <= 2 + 2 * len(places).bit_length()


@pytest.mark.parametrize("between", range(240, 270))
def test_both_ways_of_a_branch_may_be_far(between: int) -> None:
    near = one_of(tuple(range(1000, 1000 + between)), Answer(1), Answer(2))
    apart = Branch(Condition.ANY_BIT, 1 << 20, Answer(3), Branch(Condition.ANY_BIT, 1 << 21, near, Answer(4)))
    run = Filter(compiled(Load(0, Branch(Condition.AT_LEAST, 1 << 22, Answer(4), apart))))
    asked = (1 << 20, 1 << 22, 5, 1 << 21, 1 << 21 | 1000)
    assert [run(0, number).answer for number in asked] == [3, 4, 4, 2, 2]


def test_what_is_the_same_is_there_once() -> None:
    rule = Load(16, Keep(0xF, one_of((1, 2), Answer(7), Answer(8))))
    run = Filter(compiled(Load(0, one_of((10, 20, 30), rule, Answer(8)))))
    assert len(run.instructions) == 1 + 3 + 4 + 2
    assert [run(0, 20, word).answer for word in (0x11, 0x12, 0x13)] == [7, 7, 8]
    assert run(0, 21, 1).answer == 8


def test_a_program_too_long_for_the_kernel_is_refused() -> None:
    with pytest.raises(ValueError, match="instructions"):
        compiled(Load(0, by_range([(place, Answer(place)) for place in range(4000)])))
