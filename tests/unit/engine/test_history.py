"""What of a journal still holds, when a divergence is read that this version would not write."""

from __future__ import annotations

from archon.domain.events import Body, Completed, Diverged, Draft, Started
from archon.domain.row import numbered
from archon.engine.history import History, live
from archon.testing.manual_clock import ManualClock
from tests.builders.scopes import TASK


def draft(key: str, body: Body) -> Draft:
    return Draft(body=body, key=key, hash="h")


def test_a_divergence_inside_a_finished_step_voids_its_result_and_all_that_follows() -> None:
    started, done = Started(effect="exec", request=None), Completed(effect="exec", result=None)
    keys = ["0", "0.0", "0.1", "0.1.0", "0.2", "1", "10"]
    drafts = [draft(key, body) for key in keys for body in (started, done)]
    events = numbered(
        [*drafts, draft("0.1", Diverged())], task_id=TASK, after=0, epoch=1, at=ManualClock().now()
    )
    assert [(e.key, e.body.kind) for e in live(events)] == [
        ("0", "started"),
        ("0.0", "started"),
        ("0.0", "completed"),
    ]
    history = History(events)
    assert history.holds_inside((0,))
    assert not history.holds_inside((0, 1))
    assert not history.holds_inside((1,))
