"""Prices as people write them: dollars for a million tokens, by model or the beginning of its name."""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, Decimal
from typing import Any

from archon.domain.money import LARGEST_USD, MICROUSD_PER_USD
from archon.domain.task import FREE, Price

KINDS = ("input", "output", "cache_read", "cache_write")


def pricing(text: str) -> dict[str, Price]:
    """Model string, or its beginning → price, from JSON.

    A price is "free", or an object with `input` and `output` and, where they are not the input's,
    `cache_read` and `cache_write`. Raises: ValueError for anything else.
    """
    given = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    if not isinstance(given, dict) or "" in given:
        raise ValueError("not an object of prices by model")
    return {name: _price(value) for name, value in given.items()}


def _price(value: Any) -> Price:
    if value == "free":
        return FREE
    if not isinstance(value, dict) or not {"input", "output"} <= value.keys() <= set(KINDS):
        raise ValueError("not a price")
    counted = {kind: _microusd(dollars) for kind, dollars in value.items()}
    return Price(**{"cache_read": counted["input"], "cache_write": counted["input"]} | counted)


def _microusd(dollars: Any) -> int:
    """Rounded up, so that no price becomes nothing."""
    if not isinstance(dollars, Decimal) or not dollars.is_finite() or not 0 <= dollars <= LARGEST_USD:
        raise ValueError("not an amount of dollars")
    return int((dollars * MICROUSD_PER_USD).to_integral_value(ROUND_CEILING))
