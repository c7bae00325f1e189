"""An agent that goes in circles is told first; if it goes on, a person is asked."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.agents.stuck import (
    FRUITLESS,
    LONGEST_CIRCLE,
    MEMORY_TURNS,
    REPEATS,
    Stuck,
    StuckWatch,
    Turn,
    turn,
)


def acted(action: str, result: str, *, failed: bool = False) -> Turn:
    return turn(action, [action], [result], [result] if failed else [])


def advice(watch: StuckWatch, turns: list[Turn]) -> list[Stuck]:
    return [stuck for each in turns if (stuck := watch.take(each)) is not None]


def test_the_same_call_with_the_same_result_is_told_and_then_asked_about() -> None:
    found = advice(StuckWatch(), [acted("run python main.py", "exit code 1")] * (2 * REPEATS))
    assert [each.advice for each in found] == ["tell", "ask"]
    assert "3 times the same call with the same result: run python main.py" in found[0].seen


def test_another_result_each_time_is_progress() -> None:
    assert not advice(StuckWatch(), [acted("run make", f"{n} errors left") for n in range(20, 0, -1)])


def test_the_same_error_counts_whatever_was_called() -> None:
    turns = [acted(f"edit try {n}", "old was not found", failed=True) for n in range(REPEATS)]
    (found,) = advice(StuckWatch(), turns)
    assert "the same error" in found.seen


def test_the_same_result_of_different_calls_is_no_error() -> None:
    assert not advice(StuckWatch(), [acted(f"search {n}", "no line matches") for n in range(REPEATS)])


def test_two_calls_in_turn_are_noticed() -> None:
    there_and_back = [acted("edit a", "done"), acted("edit b", "done")] * REPEATS
    (found,) = advice(StuckWatch(), there_and_back)
    assert "edit a, then edit b" in found.seen


def test_replies_without_a_call_are_noticed() -> None:
    (found,) = advice(StuckWatch(), [turn("nothing", [], [], [])] * REPEATS)
    assert "without a tool call" in found.seen


def test_being_told_is_forgotten_when_the_agent_has_gone_on() -> None:
    circle = [acted("run a", "x")] * REPEATS
    way = [acted(f"read {n}", f"{n}") for n in range(MEMORY_TURNS)]
    found = advice(StuckWatch(), [*circle, *way, *circle])
    assert [each.advice for each in found] == ["tell", "tell"]


def test_three_calls_in_turn_are_noticed() -> None:
    circle = [acted("edit a", "done"), acted("run tests", "1 failed"), acted("edit b", "done")]
    (found,) = advice(StuckWatch(), circle * REPEATS)
    assert "edit a, then run tests, then edit b" in found.seen


VOLATILE = [
    ("3 failed in 0.03s", "3 failed in 1.2s"),
    ("2026-11-28T17:45:26Z still waiting", "2026-11-28T17:46:01Z still waiting"),
    ("Sat Nov 28 17:45:26 UTC 2026", "Sat Nov 28 17:45:27 UTC 2026"),
    ("<Table object at 0x7f3c5a1b2d90>", "<Table object at 0x7f11aa1b2d90>"),
    ("wrote /tmp/tmpab12cd3e/out", "wrote /tmp/tmpzz98yx7w/out"),
    ("real\t0m0.034s", "real\t0m0.041s"),
    ("elapsed: 0.1234", "elapsed: 0.1301"),
    ("started at 1764351926.12", "started at 1764351931.9"),
    ("killed pid 4711", "killed pid 4712"),
]


@pytest.mark.parametrize(("one", "other"), VOLATILE)
def test_results_that_differ_by_themselves_are_the_same(one: str, other: str) -> None:
    results = itertools.islice(itertools.cycle([one, other]), REPEATS)
    assert advice(StuckWatch(), [acted("run python main.py", each) for each in results])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 failed", "11 failed"),
        ('File "main.py", line 12', 'File "main.py", line 14'),
        ("loss 0.12345", "loss 0.12344"),
        ("main.py:3:1: E999", "main.py:4:1: E999"),
        ("rows: 123456", "rows: 123457"),
    ],
)
def test_a_count_that_moves_is_news(one: str, other: str) -> None:
    assert not advice(StuckWatch(), [acted("run make", each) for each in (one, other, one)])


def test_replies_of_which_every_call_fails_are_noticed_whatever_they_call() -> None:
    turns = [acted(f"tool_{n}", f"there is no tool tool_{n}", failed=True) for n in range(FRUITLESS)]
    (found,) = advice(StuckWatch(), turns)
    assert "every call failed" in found.seen


def test_a_call_that_succeeds_beside_failing_ones_is_no_circle() -> None:
    turns = [
        turn(f"try {n}", [f"a{n}", f"b{n}"], [f"x{n}", f"y{n}"], [f"x{n}"]) for n in range(2 * FRUITLESS)
    ]
    assert not advice(StuckWatch(), turns)


NAMES = st.text("abcdef", min_size=1, max_size=4)
CIRCLES = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=LONGEST_CIRCLE, unique=True)


@given(CIRCLES, st.integers(0, 20))
def test_a_circle_of_any_small_length_is_told_once_and_then_asked_about(
    circle: list[tuple[str, str]], honest: int
) -> None:
    watch = StuckWatch()
    assert not advice(watch, [acted(f"honest {n}", f"{n} done") for n in range(honest)])
    again = [acted(action, result) for action, result in circle] * REPEATS
    (told,) = advice(watch, again)
    (asked,) = advice(watch, again)
    assert (told.advice, asked.advice) == ("tell", "ask")


@given(st.lists(st.sampled_from(["read a", "read b", "run tests", "list"]), max_size=60))
def test_looking_again_after_each_edit_is_honest_work(looks: list[str]) -> None:
    turns = [
        each
        for number, look in enumerate(looks)
        for each in (acted(f"edit {number}", "Edited main.py."), acted(look, "1 failed"))
    ]
    assert not advice(StuckWatch(), turns)


@given(st.lists(NAMES, max_size=60))
def test_what_gives_something_new_each_time_is_honest_work(actions: list[str]) -> None:
    turns = [acted(action, f"{number} lines") for number, action in enumerate(actions)]
    assert not advice(StuckWatch(), turns)
