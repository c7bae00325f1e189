"""What a person reads while a model does not answer: who failed, what it costs, what comes next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archon.cli.story import Story
from archon.domain.events import (
    Attempted,
    Awaiting,
    Body,
    Charge,
    Completed,
    Event,
    Failed,
    FellBack,
    Finished,
    Paused,
    Problem,
    ResumeRequested,
    Retrying,
    Started,
)
from archon.domain.task import FailureReason
from archon.domain.values import TaskId

BUSY = Problem(code="rate_limited", message="Anthropic asks for fewer requests.")


def charge(cost_microusd: int) -> Charge:
    return Charge(reservation_id="r", cost_microusd=cost_microusd, model="claude-x")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (
            Attempted(charge=charge(0), problem=BUSY),
            ["  claude-x: Anthropic asks for fewer requests."],
        ),
        (
            Attempted(charge=charge(12_300), problem=BUSY),
            [
                "  claude-x: Anthropic asks for fewer requests.",
                "  it may be billed all the same, and counts as the most it can cost: 0.0123 USD",
            ],
        ),
        (
            Retrying(model="claude-x", problem=BUSY, retry=2, max_retries=6, wait_s=7.4),
            ["  asking claude-x again in 7 s (retry 2 of 6) …"],
        ),
        (
            Awaiting(model="manual/desk", place="/desk/0001-T-5.0-0123.response.md"),
            ["  waiting for /desk/0001-T-5.0-0123.response.md"],
        ),
        (
            FellBack(model="claude-x", problem=BUSY, fallback="gpt-4o"),
            [
                "  asking gpt-4o, the fallback, in place of claude-x, which could not be had: "
                "Anthropic asks for fewer requests."
            ],
        ),
    ],
)
def test_a_failed_attempt_and_what_is_done_about_it(body: Body, lines: list[str]) -> None:
    event = Event(task_id=TaskId("T"), seq=1, epoch=1, at=datetime(2026, 1, 1, tzinfo=UTC), body=body)
    assert [line.text for line in Story().tell(event)] == lines


def told(*bodies: Body) -> list[str]:
    """The lines of a story of these events."""
    story, at = Story(), datetime(2026, 1, 1, tzinfo=UTC)
    return [
        line.text
        for seq, body in enumerate(bodies, start=1)
        for line in story.tell(Event(task_id=TaskId("T"), seq=seq, epoch=1, at=at, body=body, key="0"))
    ]


GONE = Problem(code="model_unreachable", message="OpenAI cannot be reached.", hint="Look at the network.")


def test_a_failure_that_pauses_a_task_is_told_once_with_what_to_do() -> None:
    assert told(
        Attempted(charge=charge(0), problem=GONE),
        Failed(effect="model", problem=GONE),
        Paused(problem=GONE),
    ) == [
        "  claude-x: OpenAI cannot be reached.",
        "Paused (model_unreachable). Look at the network.",
    ]


def test_what_the_fallback_stands_in_for_is_told_once() -> None:
    fell = FellBack(model="claude-x", problem=GONE, fallback="gpt-4o")
    assert told(Attempted(charge=charge(0), problem=GONE), fell) == [
        "  claude-x: OpenAI cannot be reached.",
        "  asking gpt-4o, the fallback, in place of claude-x.",
    ]


def test_a_hint_that_was_given_is_not_given_again() -> None:
    assert told(Failed(effect="exec", problem=GONE), Paused(problem=GONE)) == [
        "  OpenAI cannot be reached. Look at the network.",
        "Paused (model_unreachable).",
    ]


def test_the_same_failure_after_a_resume_is_told_again() -> None:
    lines = told(Paused(problem=GONE), ResumeRequested(by="cli"), Paused(problem=GONE))
    assert lines.count("Paused: OpenAI cannot be reached. Look at the network.") == 2


def test_an_end_leaves_out_the_trouble_that_led_to_it() -> None:
    finished = Finished(
        status="failed",
        reason=FailureReason.MODEL_REFUSED,
        message="OpenAI cannot be reached. Look at the network.",
    )
    lines = told(Attempted(charge=charge(0), problem=GONE), finished)
    assert lines[1] == "Failed (model_refused) after 0 rounds, for 0.0000 USD. Look at the network."


def test_one_line_is_one_line() -> None:
    draft = Completed(effect="step", result={"code": {"a.py": "x = 1\n", "b.py": "x\ny\n"}})
    lines = told(Started(effect="step", request={"name": "draft"}, repeat="safe"), draft)
    assert lines[-1] == "  a.py (1 line), b.py (2 lines)"
