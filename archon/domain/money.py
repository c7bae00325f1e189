"""Money is counted in integer micro-dollars; people write dollars."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MICROUSD_PER_USD = 1_000_000
LARGEST_USD = 1_000_000


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
