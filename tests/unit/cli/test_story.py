"""What a person reads while a model does not answer: who failed, what it costs, what comes next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archon.cli.story import Story
from archon.domain.events import Attempted, Awaiting, Body, Charge, Event, FellBack, Problem, Retrying
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
