"""Whether the providers of models can be had at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["reachable", "no key", "key refused", "unreachable", "limited", "here"]
"""`limited` answers, and asks for fewer requests; `here` needs nobody: a script, or a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What came of asking one provider which models it has."""

    provider: str
    label: str
    """As people call it."""
    state: State
    cure: str = ""
    """What to do about it; empty where it can be had."""
    models: tuple[str, ...] | None = None
    """Its models by their own names; None when it did not say."""
