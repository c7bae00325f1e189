"""How long a provider may keep us waiting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    connect_s: float = 10.0
    read_s: float = 120.0
    """How long a connection may be silent; also how long sending may stall."""
