"""Who plays each role, as a table: model, state, price, by whose word, and what it is asked with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from archon.cli.model_table import colour_of, price_text
from archon.cli.safe_text import printable
from archon.cli.show import out
from archon.cli.tables import BOLD, GAP, PLAIN, RED, coloured, line_of, page_width, print_indented, widths_of
from archon.domain.task import FALLBACK
from archon.domain.values import Json
from archon.services.listing.parts import Parameter, Part
from archon.services.roles import BY_NAME

HEADS = ("role", "model", "state", "USD/M in/out", "chosen by")
FIRST_COLUMNS = (5, 4, 2)
"""How many columns a line may have: those that do not fit are told below it."""
MARGIN = len(GAP)
LONGEST_VALUE_CHARS = 60


def print_parts(parts: Sequence[Part]) -> None:
    now = [part for part in parts if part.is_asked]
    later = [part for part in parts if not part.is_asked]
    _print_table("Roles", now)
    if later:
        _print_table("Roles of workflows to come", later)


def _print_table(title: str, parts: Sequence[Part]) -> None:
    out(coloured(title, BOLD))
    rows = [_cells(part) for part in parts]
    count = _fitting([HEADS, *rows])
    widths = widths_of([row[:count] for row in [HEADS, *rows]])
    out((GAP + line_of(HEADS[:count], widths, [BOLD] * count)).rstrip())
    for part, row in zip(parts, rows, strict=True):
        colour = colour_of(part.model) if part.model and not part.shares else RED if part.problem else PLAIN
        out((GAP + line_of(row[:count], widths, [PLAIN, PLAIN, colour][:count])).rstrip())
        for detail in [_joined(row[count:]), *_details(part)]:
            print_indented(detail, indent=MARGIN + widths[0] + len(GAP))
    out("")


def _fitting(rows: Sequence[Sequence[str]]) -> int:
    """How many columns of the table the terminal has room for."""
    for count in FIRST_COLUMNS:
        widths = widths_of([row[:count] for row in rows])
        if MARGIN + sum(widths) + len(GAP) * (count - 1) <= page_width():
            return count
    return FIRST_COLUMNS[-1]


def _cells(part: Part) -> tuple[str, ...]:
    if part.shares:
        return (part.role, f"as for the {part.shares}", "", "", "")
    if part.model is None:
        return (part.role, printable(part.name) or "none", _lack(part), "", part.why or _cure(part))
    price = price_text(part.model.choice.price)
    return (part.role, printable(part.name), part.model.standing.state, price, part.why)


def _lack(part: Part) -> str:
    return "no such model" if part.problem else ""


def _cure(part: Part) -> str:
    variable = BY_NAME[part.role].variable
    return f"nobody: {variable} is not set" if part.role == FALLBACK else f"nothing there: set {variable}"


def _joined(cells: Iterable[str]) -> str:
    return "; ".join(cell for cell in cells if cell)


def _details(part: Part) -> Iterable[str]:
    """What it is asked with, a text for each setting, and what is left out of that."""
    if part.shares:
        return
    settings = dict.fromkeys(each.setting for each in part.parameters)
    for setting in settings:
        given = [each for each in part.parameters if each.setting == setting]
        if sent := [_said(each) for each in given if each.is_taken]:
            yield f"with {', '.join(sent)} by {setting}"
        if not_sent := [_said(each) for each in given if not each.is_taken]:
            yield f"without {', '.join(not_sent)} of {setting}, which it does not take"
    yield from (f"{printable(each.name)} {each.note}" for each in part.parameters if each.note)


def _said(parameter: Parameter) -> str:
    return f"{printable(parameter.name)}={_short(parameter.value)}"


def _short(value: Json) -> str:
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= LONGEST_VALUE_CHARS else f"{text[:LONGEST_VALUE_CHARS]}…"
