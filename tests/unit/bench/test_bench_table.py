"""What `make bench` says of a figure: held, missed, or nothing where there is nothing to hold it against."""

from __future__ import annotations

from functools import partial

import pytest

from bench.row import Row
from bench.table import as_table

against = partial(Row, what="a turn", unit="ms", beside="a peer")


@pytest.mark.parametrize(
    ("row", "is_held", "goal"),
    [
        (against(ours=5, other=2, at_most=3), True, "≤ 3 ×"),
        (against(ours=7, other=2, at_most=3), False, "≤ 3 ×"),
        (against(ours=5, other=2, at_most=3, fault="a result was lost"), False, "≤ 3 ×"),
        (Row(what="memory", unit="MB", ours=101, at_most=100), False, "≤ 100 MB"),
        (Row(what="points", unit="%", ours=96, at_least=95), True, "≥ 95 %"),
        (Row(what="points", unit="%", ours=-358, at_least=95), False, "≥ 95 %"),
    ],
)
def test_a_goal_is_held_or_missed(row: Row, is_held: bool, goal: str) -> None:
    assert (row.is_held, row.goal) == (is_held, goal)
    assert as_table([row]).rstrip().endswith("held" if is_held else "MISSED") or row.fault


def test_what_is_not_installed_is_named_and_neither_held_nor_missed() -> None:
    table = as_table([against(ours=5, at_most=1, absent="is not installed", note="make it so")])
    assert "a peer is not installed" in table
    assert "make it so" in table
    assert not {"held", "MISSED", "5.0"} & set(table.split())
