"""The rows as a table for people, or as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from bench.row import Row

HEAD = ("what", "ours", "beside", "ratio", "goal", "")
NOTE_WIDTH = 110


def as_table(rows: Sequence[Row]) -> str:
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    notes = [_noted(row) for row in rows if row.note or row.fault]
    return "\n".join((*(_aligned(line, widths) for line in lines), "", *notes))


def as_json(rows: Sequence[Row]) -> str:
    computed = [{"ratio": row.ratio, "goal": row.goal, "is_held": row.is_held} for row in rows]
    return json.dumps([{**asdict(row), **more} for row, more in zip(rows, computed, strict=True)], indent=1)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    if row.absent:
        return row.what, "", f"{row.beside} {row.absent}".strip(), "", row.goal, ""
    other = "" if row.other is None else f"{row.other:,.1f} {row.unit} {row.beside}"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
    verdict = "held" if row.is_held else "MISSED"
    return row.what, f"{row.ours:,.1f} {row.unit}", other, ratio, row.goal, verdict


def _noted(row: Row) -> str:
    said = "; ".join(part for part in (row.fault, row.note) if part)
    return textwrap.fill(f"{row.what}: {said}.", NOTE_WIDTH, initial_indent="- ", subsequent_indent="  ")
