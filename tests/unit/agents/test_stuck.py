"""An agent that goes in circles is told first; if it goes on, a person is asked."""

from __future__ import annotations

from archon.agents.stuck import ALTERNATIONS, MEMORY_TURNS, REPEATS, Stuck, StuckWatch, Turn, turn


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
    there_and_back = [acted("edit a", "done"), acted("edit b", "done")] * (ALTERNATIONS // 2)
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
