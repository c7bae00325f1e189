"""Tasks as the command line lists them, whatever their journals hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archon.cli.task_pages import print_rows
from archon.domain.events import Draft, Submitted
from archon.domain.row import begin, numbered
from archon.domain.values import TaskId
from tests.builders.specs import spec

(FIRST,) = numbered(
    [Draft(body=Submitted(spec=spec(objective="Sum it.")))],
    task_id=TaskId("T"),
    after=0,
    epoch=0,
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("objective", "shown"),
    [
        ("Sum it.", "Sum it."),
        ("", ""),
        (" \n\t", ""),
        ("\n\nSum it.\nThen stop.", "Sum it."),
        ("\x1b[31mred", "␛[31mred"),
        ("\ud800", "�"),
        ("x" * 100, "x" * 60),
    ],
)
def test_every_task_is_one_line_whatever_its_objective(
    capsys: pytest.CaptureFixture[str], objective: str, shown: str
) -> None:
    print_rows([replace(begin(FIRST), objective=objective)])
    (line,) = capsys.readouterr().out.splitlines()
    assert line == f"T  2026-01-01 00:00  {'queued':<28}  {'0.0000 USD':>11}  {shown}"
