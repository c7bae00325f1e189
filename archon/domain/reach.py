"""Whether the providers of models can be had at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "reachable", "not listed", "missing", "no key", "key refused", "unreachable", "limited", "here"
]
"""Of a provider, or of one of its models.

`limited` answers, and asks for fewer requests; `not listed` may be had all the same, under a name that
its provider does not show; `missing` is a local model that has to be fetched first; `here` needs nobody:
a script, or a person.
"""

ROW_MARK = "…"
"""Ends the name of a row of the table of models, which stands for every model whose name begins so."""

USABLE: frozenset[State] = frozenset({"reachable", "not listed", "limited", "here"})


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
