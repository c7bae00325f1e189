"""Whether the providers of models can be had at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "reachable",
    "not listed",
    "missing",
    "no key",
    "key refused",
    "unreachable",
    "limited",
    "not installed",
    "not asked",
    "here",
]
"""Of a provider, or of one of its models.

`limited` answers, and asks for fewer requests; `not listed` may be had all the same, under a name that
its provider does not show; `missing` is a local model that has to be fetched first; `not installed` is a
library, `not asked` a way to others that has no list of its own; `here` needs nobody: a script, or a person.
"""

ROW_MARK = "…"
"""Ends the name of a row of the table of models, which stands for every model whose name begins so."""

USABLE: frozenset[State] = frozenset({"reachable", "not listed", "limited", "not asked", "here"})


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
    get_hint: str = ""
    """How to get a model that it does not list, `{model}` for its name; empty where it may list not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether one model can be had, and what to do where it cannot."""

    state: State
    cure: str = ""


def standing(canonical: str, reach: Reach | None) -> Standing:
    """Of a model, by the one spelling of its name, from what came of asking its provider, if it has one."""
    if reach is None:
        return Standing(state="here")
    if reach.state != "reachable" or reach.models is None:
        return Standing(state=reach.state, cure=reach.cure)
    model = canonical.partition("/")[2].removesuffix(ROW_MARK)
    if any(each in {model, f"{model}:latest"} for each in reach.models):
        return Standing(state="reachable")
    # Providers list an alias under its dated name, and a row stands for all that begins like it.
    is_row = canonical.endswith(ROW_MARK)
    is_alias = is_row or not reach.get_hint
    if is_alias and any(_begins(each, model, is_row=is_row) for each in reach.models):
        return Standing(state="reachable")
    if reach.get_hint:
        return Standing(state="missing", cure=reach.get_hint.format(model=model))
    return Standing(
        state="not listed", cure=f"{reach.label} does not list it: look for a typing error in its name."
    )


def _begins(listed: str, model: str, *, is_row: bool) -> bool:
    """Whether a listed name is the model's with a date or version behind it, or one that a row stands for."""
    rest = listed.removeprefix(model)
    return listed.startswith(model) and (is_row or not rest or (rest[0] in "-@:" and rest[1:2].isdigit()))
