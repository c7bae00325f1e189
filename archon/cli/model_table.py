"""Models as a table for people: what they can do, cost, and whether they can be had; wide or narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archon.cli.safe_text import printable
from archon.cli.show import out
from archon.cli.tables import (
    BOLD,
    DIM,
    GREEN,
    PLAIN,
    RED,
    coloured,
    line_of,
    page_width,
    table_width,
    widths_of,
)
from archon.domain.money import to_usd
from archon.domain.reach import ROW_MARK
from archon.domain.task import FREE, Price
from archon.services.listing.register import ListedModel

HEADS = ("model", "for", "state", "context", "tools", "schema", "cache", "think", "USD/M in/out", "known by")


def print_models(models: Sequence[ListedModel]) -> None:
    """One line a model where all of it fits, or else two."""
    rows = [_cells(model) for model in models]
    widths = widths_of([HEADS, *rows])
    fits = table_width(widths) <= page_width()
    for line in _wide(models, rows, widths) if fits else _narrow(models, rows):
        out(line.rstrip())


def colour_of(model: ListedModel) -> str:
    return GREEN if model.is_usable else RED if model.roles else DIM


def price_text(price: Price) -> str:
    """Dollars for a million tokens, in and out."""
    if not price.is_known:
        return "unknown *"
    return "free" if price == FREE else dollars(price)


def dollars(price: Price) -> str:
    return f"{_usd(price.input)}/{_usd(price.output)}"


def is_family(model: ListedModel) -> bool:
    """Whether it is a row for several models that have no price in common."""
    return model.choice.name.endswith(ROW_MARK) and not model.choice.price.is_known


def _wide(
    models: Sequence[ListedModel], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> Iterable[str]:
    yield line_of(HEADS, widths, [BOLD] * len(HEADS))
    for model, row in zip(models, rows, strict=True):
        yield line_of(row, widths, [PLAIN, PLAIN, colour_of(model)])


def _narrow(models: Sequence[ListedModel], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """What it is, then what it can do."""
    longest = max((len(name) + len(state) + 2 for name, _, state, *_ in rows), default=0)
    width = max((len(row[0]) for row in rows), default=0) if longest <= page_width() else 0
    for model, row in zip(models, rows, strict=True):
        name, roles, state, context, *marks, price, basis = row
        able = [head for head, mark in zip(HEADS[4:8], marks, strict=True) if mark == "✓"]
        who = f"  for {roles}" if roles else ""
        yield f"{name:<{width}}  {coloured(state, colour_of(model))}{who}"
        price = price if price.startswith(("free", "unknown", "by model")) else f"{price} USD/M"
        yield f"  {context} tokens; {', '.join(able) or 'words only'}; {price}; {basis}"


def _cells(model: ListedModel) -> tuple[str, ...]:
    choice, profile = model.choice, model.choice.profile
    marks = (
        choice.takes_tools,
        bool(profile and profile.takes_schema),
        bool(profile and profile.takes_cache_marks),
        bool(profile and profile.takes_thinking),
    )
    return (
        printable(choice.name),
        " ".join(model.roles),
        model.standing.state,
        _thousands(choice.context_tokens),
        *("✓" if mark else "·" for mark in marks),
        "by model" if is_family(model) else price_text(choice.price),
        model.basis,
    )


def _usd(microusd: int) -> str:
    """At least two decimals, and as many as there are."""
    whole, _, rest = f"{to_usd(microusd):.6f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _thousands(tokens: int) -> str:
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.3g}M"
    return f"{tokens / 1000:.3g}k" if tokens >= 1_000 else str(tokens)
