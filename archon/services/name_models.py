"""Which model string each role has: the caller's word, then the operator's, then what is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from archon.domain.errors import ConfigurationError, NoModelConfigured
from archon.domain.task import FALLBACK
from archon.ports.catalog import Catalog, Offer
from archon.services.platform import RoleModels
from archon.services.roles import BY_NAME, ROLES
from archon.workflows import registry

LOCAL_DEFAULT = "gemma:2b"
"""The small model that plans and drafts where a local Ollama has it."""
ASKED_FOR = "asked for"

NO_MODEL_HINT = (
    "The cheapest ways to get one: (1) a local model, free: install Ollama and `ollama pull gemma:2b`; "
    "(2) a free hosted model: set OPENROUTER_API_KEY and MODEL_PLANNER, MODEL_CODER and MODEL_FIXER to an "
    "`openrouter/…:free` model; (3) set ANTHROPIC_API_KEY (or OPENAI_API_KEY, GEMINI_API_KEY, GROQ_API_KEY, "
    "DEEPSEEK_API_KEY). To see Archon work without any: `make demo`."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A model string, and how it came to be chosen: a setting's name, the caller's word, a default."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Role → its model string, for all roles that were given one or for which something was there."""

    named: Mapping[str, Named]
    problem: ConfigurationError | None = None
    """Why roles that cannot be without a model have none, and what to do."""


def cast_of(workflow: str) -> tuple[str, ...]:
    """The roles of a workflow, with the one that stands behind them."""
    return (*registry.ROLES[workflow], FALLBACK)


def later_roles(workflow: str) -> tuple[str, ...]:
    """The roles that a workflow does not ask."""
    return tuple(role.name for role in ROLES if role.name not in cast_of(workflow))


def required_roles(workflow: str) -> set[str]:
    """The roles without whose models a workflow cannot run."""
    return set(_required(registry.ROLES.get(workflow, ())))


async def name_models(
    catalog: Catalog,
    roles: RoleModels,
    overrides: Mapping[str, str],
    *,
    cast: Sequence[str],
    apart: Collection[str] = (),
) -> Naming:
    """The model string of each role of the cast; keys are not looked at.

    A role that another one plays has one only where it was given one, or stands `apart`: that is asked
    with parameters of its own.
    """
    named = _given(roles, overrides, cast)
    problem: ConfigurationError | None = None
    if missing := [role for role in _required(cast) if role not in named]:
        try:
            offer = await catalog.offer()
        except ConfigurationError as error:
            problem = error
        else:
            found = {role: default for role in missing if (default := _default(role, offer))}
            problem = None if found else _nothing_there(named, missing, offer)
            named |= found
    for role in apart:
        other = BY_NAME[role].stands_in
        if role in cast and role not in named and other in named:
            named[role] = Named(name=named[other].name, why=f"as for the {other}")
    return Naming(named={role: named[role] for role in cast if role in named}, problem=problem)


def _required(cast: Sequence[str]) -> list[str]:
    return [role for role in cast if role != FALLBACK and not BY_NAME[role].stands_in]


def _given(roles: RoleModels, overrides: Mapping[str, str], cast: Sequence[str]) -> dict[str, Named]:
    named: dict[str, Named] = {}
    for role in cast:
        setting = getattr(roles, role)
        if role in overrides:
            named[role] = Named(name=overrides[role], why=ASKED_FOR)
        elif setting:
            named[role] = Named(name=setting, why=BY_NAME[role].variable)
    return named


def _default(role: str, offer: Offer) -> Named | None:
    """A local Ollama's small model plans and drafts, the strong one does the rest; or either does all."""
    default = BY_NAME[role].default
    has_local = offer.ollama_models is not None and LOCAL_DEFAULT in offer.ollama_models
    if has_local and (default == "small" or not offer.strong):
        return Named(name=f"ollama/{LOCAL_DEFAULT}", why="default: a local Ollama has it")
    if default == "quick" and offer.quick:
        return Named(name=offer.quick[0], why="default: the quick model of the first provider with a key")
    if offer.strong:
        return Named(name=offer.strong[0], why="default: the first provider with a key")
    return None


def _nothing_there(named: Mapping[str, Named], missing: Sequence[str], offer: Offer) -> NoModelConfigured:
    variables = _listed([BY_NAME[role].variable for role in missing])
    given = {role: each for role, each in named.items() if role != FALLBACK}
    if not given:
        return NoModelConfigured(f"No model is configured{_no_local(offer, variables)}", hint=NO_MODEL_HINT)
    has = "has" if len(given) == 1 else "have"
    lacks = "has none" if len(missing) == 1 else "have none"
    return NoModelConfigured(
        f"{_listed([f'{role} ({each.why})' for role, each in given.items()])} {has} a model, "
        f"{_listed(missing)} {lacks}: no provider's key is set{_no_local(offer, variables)}",
        hint=f"Set {variables} too, such as to {_first(given)}, or get a default. {NO_MODEL_HINT}",
    )


def _first(named: Mapping[str, Named]) -> str:
    return next(each.name for each in named.values())


def _no_local(offer: Offer, variables: str) -> str:
    """How the sentence ends that nothing is configured: with what a local Ollama says."""
    if offer.ollama_models is None:
        return " and no local Ollama answers."
    if not offer.ollama_models:
        return f"; a local Ollama answers but has no model: run `ollama pull {LOCAL_DEFAULT}`."
    return (
        f"; a local Ollama answers without {LOCAL_DEFAULT}: run `ollama pull {LOCAL_DEFAULT}`, or set "
        f"{variables} to what it has, such as ollama/{offer.ollama_models[0]}."
    )


def _listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
