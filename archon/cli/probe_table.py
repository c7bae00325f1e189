"""What a probe found, as a table for people and as JSON for programs."""

from __future__ import annotations

from archon.cli.safe_text import printable
from archon.cli.show import out
from archon.domain.measured import Findings, Measured
from archon.domain.money import to_usd
from archon.domain.plain import to_plain
from archon.domain.values import JsonObject

_LABELS = {
    "reports_usage": "reports its tokens",
    "obeys_system": "obeys the system prompt",
    "reports_length": "says when it was cut off",
    "writes_json": "writes JSON in its text",
    "takes_schema": "keeps to a JSON schema",
    "writes_files": "writes files in fenced blocks",
    "takes_tools": "calls tools",
    "takes_parallel_tools": "calls two tools at once",
    "uses_tool_results": "uses what tools return",
}
_MARKS = {True: "✓", False: "✗", None: "–"}


def print_measured(measured: Measured) -> None:
    """One line for each ability; a dash for what was not tried."""
    found = measured.findings
    out(f"{printable(measured.model)}, measured {measured.measured_at:%Y-%m-%d %H:%M} UTC")
    for name, label in _LABELS.items():
        out(f"  {_MARKS[getattr(found, name)]} {label}")
    out(f"  {_context(found)}")
    out(f"  {_speed(found)}")
    cost = f"{to_usd(found.cost_microusd):.4f} USD"
    out(f"  cost {cost}" if found.price_known else f"  price unknown; counted as {cost} at most")
    out("Stored: new tasks go by it.")


def measured_json(measured: Measured) -> JsonObject:
    """The findings, with the cost in dollars: 0.00 where the price is unknown."""
    found = to_plain(measured.findings)
    counted = to_usd(measured.findings.cost_microusd)
    del found["cost_microusd"]
    return {
        "model": measured.model,
        "measured_at": measured.measured_at.isoformat(),
        **found,
        "cost_usd": counted if measured.findings.price_known else 0.0,
        "counted_usd": counted,
    }


def _context(found: Findings) -> str:
    seen, lost = found.context_seen_tokens, found.context_lost_tokens
    if seen is None:
        return "– context not tried, or nothing found even in a short prompt"
    if lost is None:
        return f"✓ sees the beginning of a prompt of {seen:,} tokens"
    return f"✗ loses the beginning of a prompt of {lost:,} tokens; sees {seen:,}"


def _speed(found: Findings) -> str:
    if found.first_text_s is None:
        return "– speed not seen"
    speed = "" if found.tokens_per_s is None else f", then {found.tokens_per_s:g} tokens/s"
    return f"first word after {found.first_text_s:.1f} s{speed}"
