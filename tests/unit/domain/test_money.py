"""Dollars become micro-dollars without ever growing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.money import LARGEST_USD, microusd


def test_dollars_become_micro_dollars_exactly() -> None:
    assert [microusd(usd) for usd in ("0.50", 0.1, 2, Decimal("1.000001"), "1e-3")] == [
        500_000,
        100_000,
        2_000_000,
        1_000_001,
        1_000,
    ]


@given(st.decimals(0, LARGEST_USD, allow_nan=False))
def test_a_limit_is_rounded_down_by_less_than_a_micro_dollar(usd: Decimal) -> None:
    assert 0 <= usd * 1_000_000 - microusd(usd) < 1


@pytest.mark.parametrize("usd", ["", "a dollar", "-0.01", -1, "NaN", "sNaN", float("inf"), LARGEST_USD + 1])
def test_what_is_no_amount_is_refused(usd: str | float) -> None:
    with pytest.raises(ValueError, match=r"not (a number|between)"):
        microusd(usd)
