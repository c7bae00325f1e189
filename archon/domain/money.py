"""Money is counted in integer micro-dollars; people write dollars, and models bill by the token."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from archon.domain.conversation import Usage
from archon.domain.task import Price

MICROUSD_PER_USD = 1_000_000
LARGEST_USD = 1_000_000
MOST_TOKENS = 1_000_000_000
"""What no prompt has, where nothing else bounds it."""


def microusd(usd: str | float | Decimal) -> int:
    """Integer micro-dollars of an amount in dollars, rounded down, so that a limit never grows.

    Raises: ValueError for anything but a number from 0 to `LARGEST_USD`.
    """
    try:
        amount = Decimal(str(usd))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not amount.is_finite() or not 0 <= amount <= LARGEST_USD:
        raise ValueError(f"not between 0 and {LARGEST_USD} dollars")
    return int(amount * MICROUSD_PER_USD)


def to_usd(amount_microusd: int) -> float:
    """For people: dollars with six decimals."""
    return float((Decimal(amount_microusd) / MICROUSD_PER_USD).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def cost_microusd(usage: Usage, price: Price) -> int:
    """What the tokens cost, rounded up once."""
    total = (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_read_tokens * price.cache_read
        + usage.cache_write_tokens * price.cache_write
    )
    return -(-total // _TOKENS_PER_PRICE)


def worst_microusd(input_tokens: int, max_output_tokens: int, price: Price) -> int:
    """What a call can cost at most: all input at the dearest input price, all output used."""
    total = input_tokens * _dearest_input(price) + max_output_tokens * price.output
    return -(-total // _TOKENS_PER_PRICE)


def affordable_output_tokens(left_microusd: int, input_tokens: int, price: Price) -> int:
    """How many output tokens the money covers after the input at its worst; 0 if none."""
    rest = left_microusd * _TOKENS_PER_PRICE - input_tokens * _dearest_input(price)
    if rest <= 0:
        return 0
    return rest // price.output if price.output else _TOKENS_PER_PRICE


def affordable_input_tokens(left_microusd: int, output_tokens: int, price: Price) -> int:
    """How many input tokens the money covers at their worst beside that much output; 0 if none."""
    rest = left_microusd * _TOKENS_PER_PRICE - output_tokens * price.output
    if rest < 0:
        return 0
    dearest = _dearest_input(price)
    return rest // dearest if dearest else MOST_TOKENS


def _dearest_input(price: Price) -> int:
    return max(price.input, price.cache_write)


_TOKENS_PER_PRICE = 1_000_000
"""Prices are for this many tokens."""
