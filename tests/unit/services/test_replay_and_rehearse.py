"""A task played again: equal to the last entry in a replay, and honest about drift in a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archon.adapters.memory.journal import MemoryJournal
from archon.domain.errors import Conflict, InvalidInput, NotFound, ReplayMismatch
from archon.domain.events import Completed, Event, Submitted
from archon.domain.task import FailureReason, Status
from archon.domain.values import Digest, TaskId
from archon.services.advance_task import Advance
from archon.services.platform import Platform
from archon.services.read_task import read_task
from archon.services.recordings import export_task, import_recording
from archon.services.rehearse_task import Drift, find_drift, rehearse_task
from archon.services.replay_task import replay_task
from archon.services.task_view import TaskView
from archon.testing.manual_clock import ManualClock
from tests.builders.platform import OneModel, advance, build_platform, run, scripted, submit
from tests.builders.replies import CHECKS, CRASHES, GOOD, OFF_BY_ONE, PLAN
from tests.builders.specs import DEAR

DISPUTE = "DISPUTE check_prints_the_sum: 45 is right"
TURNED_DOWN = '{"reason": "It is 55.", "upheld": false}'


def scratch() -> MemoryJournal:
    return MemoryJournal(ManualClock())


def silent(platform: Platform) -> Platform:
    """The platform without a word from its model."""
    return replace(platform, models=OneModel(scripted()))


async def rehearsed(platform: Platform, source: TaskId) -> TaskView:
    row = await rehearse_task(platform, source, output_directory=None, owner=platform.owners.id)
    await Advance(platform, row.id).run(epoch=row.lease_epoch)
    return await read_task(platform, row.id)


STORIES: list[tuple[list[str], Status]] = [
    ([PLAN, CHECKS, GOOD], Status.COMPLETED),
    ([PLAN, CHECKS, CRASHES, OFF_BY_ONE, GOOD], Status.COMPLETED),
    ([PLAN, CHECKS, OFF_BY_ONE, DISPUTE, TURNED_DOWN, OFF_BY_ONE, GOOD], Status.COMPLETED),
    ([PLAN, CHECKS, CRASHES, OFF_BY_ONE, CRASHES, CRASHES], Status.FAILED),
    ([PLAN, "?", "!", "…"], Status.FAILED),
]


@pytest.mark.parametrize(("replies", "status"), STORIES)
async def test_an_ended_task_replays_equal_and_rehearses_without_drift(
    tmp_path: Path, replies: list[str], status: Status
) -> None:
    platform = build_platform(tmp_path, scripted(*replies))
    view = await run(platform)
    assert view.status is status
    still = silent(platform)
    replayed = await replay_task(still, TaskId(view.id), scratch)
    assert (replayed.status, replayed.effects > 3) == (status, True)
    again = await rehearsed(still, TaskId(view.id))
    assert (again.status, again.reason, again.files) == (view.status, view.reason, view.files)
    assert [(r.code, r.stdout, r.signature) for r in again.rounds] == [
        (r.code, r.stdout, r.signature) for r in view.rounds
    ]
    assert await find_drift(platform, TaskId(again.id), TaskId(view.id)) == []


async def test_a_task_that_waited_and_was_interrupted_replays_as_one(tmp_path: Path) -> None:
    from archon.services.resume_task import resume_task

    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD), price=DEAR)
    task_id = await submit(platform, budget_microusd=0)
    await advance(platform, task_id)
    await resume_task(platform, task_id, by="me", budget_microusd=2_000_000)
    assert (await advance(platform, task_id)).status is Status.COMPLETED
    assert (await replay_task(silent(platform), task_id, scratch)).status is Status.COMPLETED
    again = await rehearsed(silent(platform), task_id)
    assert again.status is Status.COMPLETED
    assert await find_drift(platform, TaskId(again.id), task_id) == []


async def test_a_rehearsal_on_another_machine_needs_only_the_file(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    here = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD))
    there = build_platform(tmp_path / "there", scripted())
    view = await run(here, inputs={"data.txt": b"1"})
    await export_task(here, TaskId(view.id), tmp_path / "recording.jsonl")
    row = await import_recording(there, tmp_path / "recording.jsonl")
    there.clock.new_id()
    there.clock.new_id()
    again = await rehearsed(there, row.id)
    assert (again.status, again.files) == (Status.COMPLETED, ["data.txt", "main.py"])
    assert (again.spec.mode, again.spec.source) == ("rehearse", view.id)
    assert again.output_path and again.output_path.startswith(str(tmp_path / "there"))


async def test_a_rehearsal_costs_nothing(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, OFF_BY_ONE, GOOD), price=DEAR)
    view = await run(platform, budget_microusd=2_000_000)
    assert view.cost_microusd > 0
    again = await rehearsed(silent(platform), TaskId(view.id))
    assert (again.status, again.cost_microusd, again.tokens) == (Status.COMPLETED, 0, 0)
    assert [round_.cost_microusd for round_ in again.rounds] == [0, 0]
    assert await find_drift(platform, TaskId(again.id), TaskId(view.id)) == []


SHA = "0" * 64


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"workflow": "shell"}, "the workflow 'shell'"),
        ({"models": {}}, "no model for one of its roles"),
        ({"max_rounds": 0}, "0 rounds"),
        ({"max_rounds": 10**9}, "1000000000 rounds"),
        ({"run_timeout_s": 0.0}, r"runs of 0\.0 seconds"),
        ({"run_timeout_s": 1e9}, "runs of"),
        ({"run_timeout_s": float("nan")}, "runs of nan"),
        ({"budget_microusd": -1}, "a budget"),
        ({"budget_microusd": 10**18}, "a budget"),
        ({"stdin": "../../etc/passwd"}, "a standard input"),
        ({"inputs": {"a": 5}}, "inputs that are no files"),
        ({"inputs": {"a": {"link": "/etc/passwd"}}}, "the input 'a', which is no file"),
        ({"inputs": {"a": [SHA, 10**12, 0]}}, "no file of a size"),
        ({"inputs": {"../a": [SHA, 1, 0]}}, "outside the workspace"),
        ({"inputs": {"/a": [SHA, 1, 0]}}, "outside the workspace"),
        ({"inputs": {"a//b": [SHA, 1, 0]}}, "outside the workspace"),
        ({"inputs": {"x/.git/config": [SHA, 1, 0]}}, "outside the workspace"),
    ],
)
async def test_a_recording_may_ask_for_no_more_than_a_submission(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD))
    view = await run(platform)
    first, *others = await platform.journal.events(TaskId(view.id))
    assert isinstance(first.body, Submitted)
    greedy = replace(first, body=Submitted(spec=replace(first.body.spec, **fields)))
    changed = await altered(platform, [greedy, *others])
    with pytest.raises(InvalidInput, match=said):
        await rehearse_task(changed, TaskId(view.id), output_directory=None, owner=None)
    assert len(await changed.journal.rows()) == 1


async def test_a_rehearsal_is_this_machines_own_whatever_its_recording_says(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD))
    view = await run(platform)
    first, *others = await platform.journal.events(TaskId(view.id))
    assert isinstance(first.body, Submitted)
    lying = replace(first.body.spec, output_directory="/etc", isolation={"isolated": "wholly"})
    changed = await altered(platform, [replace(first, body=Submitted(spec=lying)), *others])
    row = await rehearse_task(changed, TaskId(view.id), output_directory=None, owner=None)
    spec = (await read_task(changed, row.id)).spec
    assert spec.output_directory == str(platform.output_directory)
    assert spec.isolation["provider"] == "bubblewrap"
    assert spec.submitted_by == "cli", "a server that restarts leaves it to the person who interrupted it"


async def test_a_recording_that_says_too_little_fails_the_rehearsal_with_that_reason(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD))
    view = await run(platform)
    events = await platform.journal.events(TaskId(view.id))
    shorter = await altered(platform, [e for e in events if not (_is_answer(e) and e.scope == "draft")])
    again = await rehearsed(silent(shorter), TaskId(view.id))
    assert (again.status, again.reason) == (Status.FAILED, FailureReason.RECORDING_EXHAUSTED)
    assert "holds 0 model results in draft" in again.message
    drift = await find_drift(shorter, TaskId(again.id), TaskId(view.id))
    assert Drift(where="the end", what="completed became failed") in drift


async def test_replies_that_nobody_asked_for_are_drift(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, OFF_BY_ONE, GOOD))
    view = await run(platform)
    events = await platform.journal.events(TaskId(view.id))
    better = [_with_text(e, GOOD) if _is_answer(e) and e.scope == "draft" else e for e in events]
    changed = await altered(platform, better)
    again = await rehearsed(silent(changed), TaskId(view.id))
    drift = await find_drift(changed, TaskId(again.id), TaskId(view.id))
    assert Drift(where="repair", what="1 recorded replies were not used") in drift
    assert Drift(where="round 1", what="the verdict was False and is True") in drift


async def test_another_failure_is_drift_and_another_name_for_the_same_one_is_not(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, CRASHES, GOOD))
    view = await run(platform)
    events = await platform.journal.events(TaskId(view.id))
    otherwise = CRASHES.replace("undefined_name", "1 / 0")
    worse = [_with_text(e, otherwise) if _is_answer(e) and e.scope == "draft" else e for e in events]
    changed = await altered(platform, worse)
    again = await rehearsed(silent(changed), TaskId(view.id))
    drift = await find_drift(changed, TaskId(again.id), TaskId(view.id))
    assert any(each.where == "round 1" and "ZeroDivisionError" in each.what for each in drift)
    renamed = await altered(platform, [_with_signature(e, "as it was named once") for e in events])
    again = await rehearsed(silent(renamed), TaskId(view.id))
    assert again.rounds[0].signature != "as it was named once"
    assert await find_drift(renamed, TaskId(again.id), TaskId(view.id)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda events: [e for e in events if e.scope != "run"], "ends before run"),
        (
            lambda events: [_with_text(e, PLAN + " ") if _is_answer(e) else e for e in events],
            "something else",
        ),
        (
            lambda events: [replace(e, hash="0" * 64) if e.scope == "run" else e for e in events],
            "something else at run",
        ),
        (
            lambda events: [*events[:-1], *_left_over(events), events[-1]],
            "came out differently at repair 7.0",
        ),
    ],
)
async def test_a_replay_of_a_changed_recording_is_an_error(tmp_path: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    platform = build_platform(tmp_path, scripted(PLAN, CHECKS, GOOD))
    view = await run(platform)
    changed = await altered(platform, change(await platform.journal.events(TaskId(view.id))))
    with pytest.raises(ReplayMismatch, match=said):
        await replay_task(silent(changed), TaskId(view.id), scratch)


async def test_only_ended_tasks_are_replayed(tmp_path: Path) -> None:
    platform = build_platform(tmp_path, scripted(PLAN))
    task_id = await submit(platform)
    with pytest.raises(Conflict, match="Only an ended task"):
        await replay_task(platform, task_id, scratch)
    with pytest.raises(NotFound):
        await replay_task(platform, TaskId("missing"), scratch)
    with pytest.raises(NotFound):
        await rehearse_task(platform, TaskId("missing"), output_directory=None, owner=None)


def _is_answer(event: Event) -> bool:
    return isinstance(event.body, Completed) and event.body.effect == "model"


def _with_text(event: Event, text: str) -> Event:
    assert isinstance(event.body, Completed) and isinstance(event.body.result, dict)
    return replace(event, body=replace(event.body, result={**event.body.result, "text": text}))


def _left_over(events: Sequence[Event]) -> list[Event]:
    answer = next(e for e in events if _is_answer(e))
    return [replace(answer, scope="repair", key="7.0")]


async def altered(platform: Platform, events: Sequence[Event]) -> Platform:
    """The same platform with another recording in the place of its task."""
    journal = MemoryJournal(platform.clock)
    spec = events[0].body
    assert isinstance(spec, Submitted)
    blobs: dict[Digest, bytes] = {}
    for event in events:
        if isinstance(event.body, Completed) and event.body.manifest:
            for entry in event.body.manifest.values():
                if isinstance(entry, list):
                    sha = Digest(str(entry[0]))
                    blobs[sha] = await platform.journal.blob(sha)
    renumbered = [replace(event, seq=number) for number, event in enumerate(events, start=1)]
    await journal.take_in(renumbered, blobs)
    return replace(platform, journal=journal)


def _with_signature(event: Event, signature: str) -> Event:
    body = event.body
    if not isinstance(body, Completed) or not isinstance(body.result, dict):
        return event
    if not body.result.get("signature"):
        return event
    return replace(event, body=replace(body, result={**body.result, "signature": signature}))
