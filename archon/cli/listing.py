"""The list of models as a page for people: problem, roles, models, notes, providers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archon.cli.model_table import dollars, is_family, print_models
from archon.cli.role_table import print_parts
from archon.cli.safe_text import printable
from archon.cli.show import out
from archon.cli.tables import (
    BOLD,
    DIM,
    GAP,
    GREEN,
    PLAIN,
    RED,
    coloured,
    line_of,
    print_hung,
    print_indented,
    table_width,
    widths_of,
)
from archon.domain.reach import USABLE, Reach
from archon.services.list_models import ModelListing

HEADS = ("provider", "state")


def print_listing(listing: ModelListing) -> None:
    """Everything, with what to do about what cannot be had."""
    if listing.problem:
        print_indented(printable(listing.problem.message))
        print_indented(printable(listing.problem.hint))
        out("")
    print_parts(listing.parts)
    if listing.models:
        out(coloured("Models", BOLD))
        print_models(listing.models)
        out("")
    for note in _notes(listing):
        print_indented(printable(note))
    out("")
    _print_providers(listing.providers)


def _notes(listing: ModelListing) -> Iterable[str]:
    yield "USD/M: US dollars for a million tokens. `archon models probe NAME` measures what a model can do."
    unpriced = [each for each in listing.models if not each.choice.price.is_known and not is_family(each)]
    unknown = {each.provider or each.choice.name: dollars(each.choice.price) for each in unpriced}
    for provider, price in unknown.items():
        yield f"* of unknown price: told as 0.00, counted at {provider}'s dearest, {price}"
    told = {reach.cure for reach in listing.providers}
    for model in listing.models:
        cure = model.standing.cure
        if model.roles and cure and cure not in told:
            yield f"{model.choice.name}: {cure}"


def _print_providers(providers: Sequence[Reach]) -> None:
    rows = [(reach.label, reach.state) for reach in providers]
    widths = widths_of([HEADS, *rows])
    out(coloured("Providers", BOLD))
    for reach, row in zip(providers, rows, strict=True):
        start = GAP + line_of(row, widths, [PLAIN, _colour(reach)]) + GAP
        print_hung(
            start, f"{_count(reach)} {printable(reach.cure)}", indent=table_width(widths) + 2 * len(GAP)
        )


def _count(reach: Reach) -> str:
    if reach.models is None:
        return ""
    return "1 model" if len(reach.models) == 1 else f"{len(reach.models)} models"


def _colour(reach: Reach) -> str:
    if reach.state in USABLE:
        return GREEN
    return DIM if reach.state in {"no key", "not installed"} else RED
