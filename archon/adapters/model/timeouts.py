"""How long a provider may keep us waiting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Each a limit of its own: a stream that never pauses for `read_s` still ends after `answer_s`."""

    connect_s: float = 10.0
    read_s: float = 120.0
    """How long a connection may be silent; also how long sending may stall."""
    answer_s: float = 3600.0
    """How long a whole answer may take, from the request to its end: what only drips is given up then."""
