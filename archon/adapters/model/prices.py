"""What tokens cost, from the price list of `genai-prices`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from archon.domain.money import MICROUSD_PER_USD
from archon.domain.task import Price

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the list knows of a model."""

    price: Price
    context_tokens: int | None
    """Up to where that price holds, and no further than the model reads; None when the list does not say."""


def listed(provider: str, model: str, at: datetime) -> Listed | None:
    """What the list says of a provider's model at a time; None when it does not know it.

    Where a price changes with the hour, the dearer one counts.
    """
    # Not at the top: the list takes a tenth of a second of CPU to import.
    from archon.adapters.model.lean_prices import get_snapshot

    try:
        _, info = get_snapshot().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    prices = _prices(info, at)
    price = _dearest([_price(each) for each in prices])
    if price is None:
        return None
    bounds = [info.context_window, *(_first_tier(each) for each in prices)]
    return Listed(price=price, context_tokens=min((bound for bound in bounds if bound), default=None))


def dearest(provider: str, at: datetime) -> Price:
    """The dearest price of any of a provider's models, each kind of token by itself, as an unknown one."""
    from archon.adapters.model.lean_prices import find_provider_by_id, get_snapshot

    found = find_provider_by_id(get_snapshot().providers, provider)
    models = found.models if found else []
    price = _dearest([_price(each) for model in models for each in _prices(model, at)])
    if price is None:
        raise LookupError(f"the price list has no provider {provider}")
    return replace(price, is_known=False)


def dearest_of_all(providers: Iterable[str], at: datetime) -> Price:
    """The dearest price of any model of these providers, as an unknown one."""
    price = _dearest([dearest(provider, at) for provider in providers])
    if price is None:
        raise LookupError("no provider was named")
    return replace(price, is_known=False)


def _prices(info: ModelInfo, at: datetime) -> list[ModelPrice]:
    """The price now, and those of other hours of the day."""
    from archon.adapters.model.lean_prices import TimeOfDateConstraint

    prices = [info.get_prices(at)]
    if isinstance(info.prices, list):
        hourly = any(isinstance(each.constraint, TimeOfDateConstraint) for each in info.prices)
        prices += [each.prices for each in info.prices] if hourly else []
    return prices


def _price(price: ModelPrice) -> Price | None:
    """None for what is not billed by tokens of text."""
    if price.input_mtok is None or price.output_mtok is None:
        return None
    read = _microusd(price.input_mtok)
    return Price(
        input=read,
        output=_microusd(price.output_mtok),
        cache_read=read if price.cache_read_mtok is None else _microusd(price.cache_read_mtok),
        cache_write=read if price.cache_write_mtok is None else _microusd(price.cache_write_mtok),
    )


def _dearest(prices: list[Price | None]) -> Price | None:
    known = [price for price in prices if price is not None]
    if not known:
        return None
    return Price(
        input=max(price.input for price in known),
        output=max(price.output for price in known),
        cache_read=max(price.cache_read for price in known),
        cache_write=max(price.cache_write for price in known),
    )


def _microusd(dollars: Decimal | TieredPrices) -> int:
    """Micro-dollars per million tokens, of the first tier, rounded up."""
    base = dollars if isinstance(dollars, Decimal) else dollars.base
    return int((base * MICROUSD_PER_USD).to_integral_value(ROUND_CEILING))


def _first_tier(price: ModelPrice) -> int | None:
    """From how many tokens of input on the price is higher; None when it never is."""
    if price.input_mtok is None or isinstance(price.input_mtok, Decimal):
        return None
    return min((tier.start for tier in price.input_mtok.tiers), default=None)
