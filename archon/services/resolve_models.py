"""Which model plays which role in a task: decided once, when it is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archon.domain.errors import InvalidInput, NoModelConfigured
from archon.domain.measured import Measured, refine
from archon.domain.parameters import merged
from archon.domain.sizing import sized
from archon.domain.task import ModelChoice
from archon.domain.values import JsonObject
from archon.ports.catalog import Catalog, Offer
from archon.ports.directory import Directory
from archon.services.platform import Platform, RoleModels
from archon.services.roles import BY_NAME, suggestion
from archon.workflows.registry import ROLES

FALLBACK = "fallback"
AGENTS_OF_ROLE = {"planner": ("planner", "judge"), "coder": ("coder",), "fixer": ("checker", "fixer")}
"""Who speaks with the model of each role, unless it has one of its own; the fallback stands behind them."""
LOCAL_DEFAULT = "gemma:2b"
"""The small model that plans and drafts where a local Ollama has it."""

NO_MODEL_HINT = (
    "The cheapest ways to get one: (1) a local model, free: install Ollama and `ollama pull gemma:2b`; "
    "(2) a free hosted model: set OPENROUTER_API_KEY and MODEL_PLANNER, MODEL_CODER and MODEL_FIXER to an "
    "`openrouter/…:free` model; (3) set ANTHROPIC_API_KEY (or OPENAI_API_KEY, GEMINI_API_KEY, GROQ_API_KEY, "
    "DEEPSEEK_API_KEY). To see Archon work without any: `make demo`."
)


async def resolve_models(
    catalog: Catalog, roles: RoleModels, overrides: Mapping[str, str], *, workflow: str = "script"
) -> dict[str, ModelChoice]:
    """Role → model: the caller's word, then the operator's, then what is there.

    Only the roles of the workflow have one, and those that another one can play only where they were
    given one. A local Ollama's small model plans and drafts, the strong model does the rest; without
    either, the other does everything.

    Raises: InvalidInput for a role that there is not, or not in that workflow; NoModelConfigured.
    """
    named = await name_models(catalog, roles, overrides, workflow=workflow)
    return {
        role: _asked_with(catalog.describe(name, why=why), roles.params.get(role, {}))
        for role, (name, why) in named.items()
    }


async def name_models(
    catalog: Catalog, roles: RoleModels, overrides: Mapping[str, str], *, workflow: str = "script"
) -> dict[str, tuple[str, str]]:
    """Role → model string, and how it came to be chosen; keys are not looked at.

    Raises: InvalidInput for an unknown role; NoModelConfigured where there is nothing to choose from.
    """
    _check_roles(overrides, workflow)
    named = _named(roles, overrides, workflow)
    missing = [role for role in ROLES[workflow] if role in required_roles(workflow) and role not in named]
    if missing:
        offer = await catalog.offer()
        named |= {role: _default(role, offer) for role in missing}
    _lend(roles, workflow, named)
    return named


def _lend(roles: RoleModels, workflow: str, named: dict[str, tuple[str, str]]) -> None:
    """A role that has parameters of its own is frozen apart, with the model of whoever plays it."""
    for role in ROLES[workflow]:
        other = BY_NAME[role].stands_in
        if other and role not in named and role in roles.params:
            named[role] = (named[other][0], f"as for the {other}")


def _asked_with(choice: ModelChoice, agent_params: JsonObject) -> ModelChoice:
    params = merged(choice.params, agent_params)
    return sized(replace(choice, params=params, agent_params=agent_params), params)


def required_roles(workflow: str) -> set[str]:
    """The roles without whose models a workflow cannot run."""
    return {name for name in ROLES.get(workflow, ()) if not BY_NAME[name].stands_in}


def _check_roles(overrides: Mapping[str, str], workflow: str) -> None:
    roles = [*ROLES[workflow], FALLBACK]
    for name in sorted(overrides):
        if name not in BY_NAME:
            raise InvalidInput(
                f"There is no role {name!r}{suggestion(name, roles)}.",
                hint=f"The roles are {', '.join(roles)}.",
            )
        if name not in roles:
            raise InvalidInput(
                f"The workflow {workflow} asks no {name}.", hint=f"Its roles are {', '.join(roles)}."
            )


async def choose_models(
    platform: Platform, overrides: Mapping[str, str], *, workflow: str = "script"
) -> dict[str, ModelChoice]:
    """Role → model as a task submitted now gets it: as resolved, and as measured where that was done.

    Raises: InvalidInput; NoModelConfigured; ConfigurationError; DatabaseError.
    """
    chosen = await resolve_models(platform.catalog, platform.roles, overrides, workflow=workflow)
    known = await platform.measurements.all()
    return {role: as_measured(platform.directory, choice, known) for role, choice in chosen.items()}


def as_measured(directory: Directory, choice: ModelChoice, known: Mapping[str, Measured]) -> ModelChoice:
    """The choice, refined by what is known of its model, however its name is spelled."""
    try:
        found = known.get(directory.canonical(choice.name))
    except NoModelConfigured:
        found = None
    return choice if found is None else sized(refine(choice, found), choice.params)


def _named(roles: RoleModels, overrides: Mapping[str, str], workflow: str) -> dict[str, tuple[str, str]]:
    named: dict[str, tuple[str, str]] = {}
    for role in (*ROLES[workflow], FALLBACK):
        setting = getattr(roles, role)
        if role in overrides:
            named[role] = (overrides[role], "asked for")
        elif setting:
            named[role] = (setting, BY_NAME[role].variable)
    return named


def _default(role: str, offer: Offer) -> tuple[str, str]:
    default = BY_NAME[role].default
    has_local = offer.ollama_models is not None and LOCAL_DEFAULT in offer.ollama_models
    if has_local and (default == "small" or not offer.strong):
        return f"ollama/{LOCAL_DEFAULT}", "default: a local Ollama has it"
    if default == "quick" and offer.quick:
        return offer.quick[0], "default: the quick model of the first provider with a key"
    if offer.strong:
        return offer.strong[0], "default: the first provider with a key"
    if offer.ollama_models is not None:
        raise NoModelConfigured(_other_local_models(offer.ollama_models), hint=NO_MODEL_HINT)
    raise NoModelConfigured("No model is configured and no local Ollama answers.", hint=NO_MODEL_HINT)


def _other_local_models(models: tuple[str, ...]) -> str:
    if not models:
        return f"A local Ollama answers but has no model: run `ollama pull {LOCAL_DEFAULT}`."
    return (
        f"A local Ollama answers without {LOCAL_DEFAULT}: run `ollama pull {LOCAL_DEFAULT}`, or set "
        f"MODEL_PLANNER, MODEL_CODER and MODEL_FIXER to what it has, such as ollama/{models[0]}."
    )
