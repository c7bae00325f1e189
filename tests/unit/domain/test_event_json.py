"""Events read back as they were written, by this version, an older and a newer one."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import get_args

import pytest

from archon.domain.event_json import body_from_json, body_to_json, event_from_json, event_to_json
from archon.domain.events import (
    Answered,
    Attempted,
    Awaiting,
    Body,
    CancelRequested,
    Charge,
    Claimed,
    Completed,
    Diverged,
    Event,
    Failed,
    FellBack,
    Finished,
    Interrupted,
    Paused,
    Problem,
    ResumeRequested,
    Retrying,
    Started,
    Submitted,
    Unknown,
    Waiting,
)
from archon.domain.task import FREE, FailureReason, ModelChoice, TaskSpec
from archon.domain.values import JsonObject, OwnerId, TaskId

PROBLEM = Problem(code="c", message="m", hint="h")
CHARGE = Charge(reservation_id="r", cost_microusd=1, model="m", price_known=False)
CHOICE = ModelChoice(name="m", price=FREE, context_tokens=1, max_output_tokens=2, why="default")
SPEC = TaskSpec(
    objective="say hello",
    workflow="script",
    models={"coder": CHOICE},
    max_rounds=3,
    run_timeout_s=60.0,
    budget_microusd=1,
    output_directory="/out",
    inputs={"caf\udce9": ["0" * 64, 1, 0]},
    stdin="caf\udce9",
    mode="rehearse",
    source="S",
)
BODIES: list[Body] = [
    Submitted(spec=SPEC),
    Claimed(owner=OwnerId("o")),
    Started(effect="model", request={"new": [1.5, None, {"deep": [True]}]}, repeat="probe"),
    Attempted(charge=CHARGE, problem=PROBLEM),
    Retrying(model="m", problem=PROBLEM, retry=1, max_retries=6, wait_s=2.5),
    FellBack(model="m", problem=PROBLEM, fallback="n"),
    Awaiting(model="manual/desk", place="/desk/0001-T-5.0-0123.response.md"),
    Completed(effect="exec", result=None, charge=CHARGE, manifest={"a": None}),
    Failed(effect="write", problem=PROBLEM),
    Interrupted(effect="model", problem=PROBLEM),
    Diverged(),
    Answered(answer={"choice": "raise"}, by="me", limit_microusd=5),
    Waiting(question={"topic": "budget"}),
    Paused(problem=PROBLEM),
    ResumeRequested(by="me"),
    CancelRequested(by="me"),
    Finished(status="failed", reason=FailureReason.INTERNAL, message="m"),
    Unknown(payload={"kind": "later"}),
]


def test_the_examples_cover_every_kind() -> None:
    assert {type(body) for body in BODIES} == set(get_args(Body))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body.kind))
def test_every_kind_reads_back_through_json_text(body: Body) -> None:
    event = Event(
        task_id=TaskId("T"),
        seq=3,
        epoch=1,
        at=datetime.now(UTC),
        body=body,
        scope="s/t.2",
        key="1.0",
        hash="h",
    )
    again = event_from_json(json.loads(json.dumps(event_to_json(event))))
    assert again == event
    assert all(type(getattr(again.body, f.name)) is type(getattr(body, f.name)) for f in fields(body))


def test_a_kind_of_a_newer_version_is_kept_as_unknown() -> None:
    assert body_from_json("dreamt", {"of": "sheep"}) == Unknown(payload={"kind": "dreamt", "of": "sheep"})


def test_fields_of_a_newer_version_are_left_out_and_missing_ones_take_their_defaults() -> None:
    started: JsonObject = {"effect": "exec", "request": [], "mood": "good"}
    assert body_from_json("started", started) == Started(effect="exec", request=[], repeat="safe")


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"effect": "exec"},
        {"effect": "dance", "request": 1},
        {"effect": "exec", "request": 1, "repeat": None},
    ],
)
def test_what_is_no_body_of_its_kind_is_refused(written: JsonObject) -> None:
    with pytest.raises(ValueError, match=r"without|none of"):
        body_from_json("started", written)


def test_numbers_are_not_taken_for_text_nor_truth_for_numbers() -> None:
    charge = body_to_json(Attempted(charge=CHARGE, problem=PROBLEM))
    for wrong in ({"model": 1}, {"cost_microusd": True}, {"cost_microusd": "1"}, {"price_known": 1}):
        broken = json.loads(json.dumps(charge))
        broken["charge"].update(wrong)
        with pytest.raises(ValueError, match="expected"):
            body_from_json("attempted", broken)


def test_numbers_that_no_database_keeps_are_refused() -> None:
    charge = body_to_json(Attempted(charge=CHARGE, problem=PROBLEM))
    for kept, number in ((True, 2**63 - 1), (True, -(2**63)), (False, 2**63), (False, -(2**63) - 1)):
        changed = json.loads(json.dumps(charge))
        changed["charge"]["cost_microusd"] = number
        if kept:
            assert body_to_json(body_from_json("attempted", changed)) == changed
            continue
        with pytest.raises(ValueError, match="64 bits"):
            body_from_json("attempted", changed)


@pytest.mark.parametrize("line", [None, [], {"kind": "claimed"}, {"kind": 1, "at": "x", "body": {}}])
def test_what_is_no_event_is_refused(line: object) -> None:
    with pytest.raises(ValueError, match="event"):
        event_from_json(json.loads(json.dumps(line)))
