"""Prices that a person writes are read exactly, or refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.domain.errors import ConfigurationError
from archon.domain.pricing import pricing
from archon.domain.task import FREE, Price
from archon.settings import load_settings

dollars = st.decimals(0, 1_000_000, places=6, allow_nan=False, allow_infinity=False)


def test_dollars_become_micro_dollars_for_a_million_tokens() -> None:
    assert pricing('{"gpt-4o": {"input": 2.5, "output": 10}, "groq/": "free"}') == {
        "gpt-4o": Price(input=2_500_000, output=10_000_000, cache_read=2_500_000, cache_write=2_500_000),
        "groq/": FREE,
    }


@given(st.text(min_size=1), dollars, dollars, dollars)
def test_no_price_is_lost_or_made_smaller(name: str, read: object, written: object, cached: object) -> None:
    text = f'{{{json.dumps(name)}: {{"input": {read}, "output": {written}, "cache_read": {cached}}}}}'
    (price,) = pricing(text).values()
    assert price.is_known
    for given_usd, counted in ((read, price.input), (written, price.output), (cached, price.cache_read)):
        assert counted == int(str(given_usd).replace(".", ""))
    assert price.cache_write == price.input


def test_the_smallest_price_is_not_nothing() -> None:
    assert pricing('{"a": {"input": 1e-9, "output": 0}}')["a"].input == 1


@pytest.mark.parametrize(
    "text",
    [
        "free",
        "[]",
        '{"": "free"}',
        '{"a": "cheap"}',
        '{"a": 3}',
        '{"a": {"input": 1}}',
        '{"a": {"input": 1, "output": 2, "cach_read": 1}}',
        '{"a": {"input": -1, "output": 2}}',
        '{"a": {"input": true, "output": 2}}',
        '{"a": {"input": "1", "output": 2}}',
        '{"a": {"input": NaN, "output": 2}}',
        '{"a": {"input": 1e999, "output": 2}}',
    ],
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"MODEL_PRICING from the environment.*Write JSON such as"):
        load_settings({"MODEL_PRICING": text})
