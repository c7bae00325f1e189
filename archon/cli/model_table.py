"""The list of models as a table for people, wide or narrow, and as JSON for programs."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from archon.cli.safe_text import printable
from archon.cli.show import out
from archon.domain.money import to_usd
from archon.domain.reach import ROW_MARK, Reach
from archon.domain.task import FREE, Price
from archon.domain.values import JsonObject
from archon.services.list_models import ListedModel, ModelListing
from archon.services.resolve_models import AGENTS_OF_ROLE

WIDE = 110
"""Columns from which on a model is one line."""
HEADS = ("model", "for", "state", "context", "tools", "schema", "cache", "think", "USD/M in/out", "known by")
GREEN, RED, DIM, BOLD, PLAIN = "32", "31", "2", "1", ""


def print_listing(listing: ModelListing) -> None:
    """Models, what to do about those that cannot be had, and who serves them."""
    if listing.problem:
        _print_wrapped("", printable(listing.problem.message), indent=0)
        _print_wrapped("", printable(listing.problem.hint), indent=0)
        out("")
    if listing.models:
        lines = _wide(listing.models) if _columns() >= WIDE else _narrow(listing.models)
        for line in lines:
            out(line.rstrip())
        _print_notes(listing)
    out(_coloured("Providers", BOLD))
    for reach in listing.providers:
        _print_reach(reach)


def _wide(models: Sequence[ListedModel]) -> Iterable[str]:
    rows = [_cells(model) for model in models]
    widths = [max(len(row[column]) for row in [HEADS, *rows]) for column in range(len(HEADS))]
    yield _coloured(_line(HEADS, widths), BOLD)
    for model, row in zip(models, rows, strict=True):
        padded = _line(row, widths)
        start = sum(widths[:2]) + 4
        end = start + widths[2]
        yield padded[:start] + _coloured(padded[start:end], _colour(model)) + padded[end:]


def _narrow(models: Sequence[ListedModel]) -> Iterable[str]:
    """Two lines a model: what it is, then what it can do."""
    width = max(len(printable(model.choice.name)) for model in models)
    for model in models:
        name, roles, state, context, *marks, price, basis = _cells(model)
        able = [head for head, mark in zip(HEADS[4:8], marks, strict=True) if mark == "✓"]
        yield f"{name:<{width}}  {_coloured(state, _colour(model))}{f'  for {roles}' if roles else ''}"
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
        model.state,
        _thousands(choice.context_tokens),
        *("✓" if mark else "·" for mark in marks),
        "by model" if _is_family(model) else _price(choice.price),
        model.basis,
    )


def _is_family(model: ListedModel) -> bool:
    """Whether it is a row for several models that have no price in common."""
    return model.choice.name.endswith(ROW_MARK) and not model.choice.price.is_known


def _price(price: Price) -> str:
    if not price.is_known:
        return "unknown *"
    return "free" if price == FREE else f"{_usd(price.input)}/{_usd(price.output)}"


def _usd(microusd: int) -> str:
    """At least two decimals, and as many as there are."""
    whole, _, rest = f"{to_usd(microusd):.6f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _thousands(tokens: int) -> str:
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.3g}M"
    return f"{tokens / 1000:.3g}k" if tokens >= 1_000 else str(tokens)


def _print_notes(listing: ModelListing) -> None:
    out("")
    unpriced = [each for each in listing.models if not each.choice.price.is_known and not _is_family(each)]
    unknown = {each.provider: each.choice.price for each in unpriced}
    for provider, price in unknown.items():
        out(
            f"* of unknown price: told as 0.00, counted at {provider}'s dearest, "
            f"{_usd(price.input)}/{_usd(price.output)}"
        )
    for model in listing.used:
        if model.cure:
            _print_wrapped("", f"{printable(model.choice.name)}: {printable(model.cure)}", indent=0)
    if listing.used:
        agents = (f"{role}: {' and '.join(names)}" for role, names in AGENTS_OF_ROLE.items())
        _print_wrapped("", f"Agents by role: {'; '.join(agents)}.", indent=0)
    out("`archon models probe NAME` measures what a model can do.")
    out("")


def _print_reach(reach: Reach) -> None:
    models = "" if reach.models is None else f"{len(reach.models)} models "
    good = reach.state in {"reachable", "limited"}
    colour = GREEN if good else DIM if reach.state == "no key" else RED
    state = _coloured(f"{reach.state:<11}", colour)
    _print_wrapped(f"  {reach.label:<14} {state}  ", f"{models}{printable(reach.cure)}", indent=30)


def _print_wrapped(start: str, text: str, *, indent: int) -> None:
    """Text in as many lines as the terminal needs, all but the first behind blanks."""
    lines = textwrap.wrap(text, max(20, _columns() - indent), break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        out(f"{start if number == 0 else ' ' * indent}{line}".rstrip())


def _columns() -> int:
    """Of the terminal; wide where there is none."""
    return shutil.get_terminal_size(fallback=(120, 24)).columns


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def _colour(model: ListedModel) -> str:
    return GREEN if model.is_usable else DIM if not model.roles else RED


def _coloured(text: str, colour: str) -> str:
    """Plain where nobody sees colours, or nobody wants any (no-color.org)."""
    if not colour or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def listing_json(listing: ModelListing) -> JsonObject:
    """Everything, with prices in dollars for a million tokens."""
    return {
        "models": [_model_json(model) for model in listing.models],
        "providers": [
            {
                "name": reach.provider,
                "label": reach.label,
                "state": reach.state,
                "cure": reach.cure,
                "models": None if reach.models is None else len(reach.models),
            }
            for reach in listing.providers
        ],
        "problem": asdict(listing.problem) if listing.problem else None,
    }


def _model_json(model: ListedModel) -> JsonObject:
    choice = model.choice
    price = choice.price
    return {
        "model": choice.name,
        "provider": model.provider,
        "roles": list(model.roles),
        "agents": list(model.agents),
        "why": choice.why,
        "state": model.state,
        "cure": model.cure,
        "profile": asdict(choice.profile) if choice.profile else None,
        "context_tokens": choice.context_tokens,
        "max_output_tokens": choice.max_output_tokens,
        "price": {
            "is_known": price.is_known,
            "is_free": price == FREE,
            "counted_usd_per_million": {
                "input": to_usd(price.input),
                "output": to_usd(price.output),
                "cache_read": to_usd(price.cache_read),
                "cache_write": to_usd(price.cache_write),
            },
        },
        "measured_at": choice.measured_at or None,
    }
