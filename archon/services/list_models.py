"""Says which models there are, what each is used for, whether it can be had, and what it can do and costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from archon.domain.errors import ModelUnauthorized, ModelUnreachable, NoModelConfigured
from archon.domain.events import Problem
from archon.domain.measured import Measured
from archon.domain.reach import ROW_MARK, USABLE, Reach, State
from archon.domain.task import ModelChoice
from archon.services.platform import Platform
from archon.services.resolve_models import AGENTS_OF_ROLE, as_measured, choose_models, name_models

CODES: dict[State, str] = {
    "no key": NoModelConfigured.code,
    "missing": NoModelConfigured.code,
    "key refused": ModelUnauthorized.code,
}
"""The codes of errors that a task would meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """One model, as it is at this moment."""

    choice: ModelChoice
    provider: str
    """Empty where a script or a person answers."""
    roles: tuple[str, ...]
    state: State
    cure: str = ""
    """What to do about it; empty where it can be had."""

    @property
    def agents(self) -> tuple[str, ...]:
        """Who speaks with it."""
        return tuple(agent for role in self.roles for agent in AGENTS_OF_ROLE.get(role, ()))

    @property
    def is_usable(self) -> bool:
        return self.state in USABLE

    @property
    def basis(self) -> str:
        """Whether what is said of it was measured, and when."""
        return f"measured {self.choice.measured_at}" if self.choice.measured_at else "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelListing:
    models: tuple[ListedModel, ...]
    """Those that have a role first."""
    providers: tuple[Reach, ...]
    problem: Problem | None
    """Why roles have no model, and what to do; None where each has one."""

    @property
    def used(self) -> tuple[ListedModel, ...]:
        return tuple(each for each in self.models if each.roles)


async def list_models(platform: Platform, *, every_row: bool = False) -> ModelListing:
    """The models that roles use, and those that could be used: providers' defaults and Ollama's own.

    `every_row` adds all that the table of models knows. Providers are asked at the same time, for two
    seconds at most; none that fails raises. Raises: ConfigurationError for a table or setting that is
    wrong; DatabaseError.
    """
    named, problem = await _named(platform)
    reached = await platform.directory.look()
    known = await platform.measurements.all()
    names = [*named, *_others(platform, reached), *known]
    names += platform.directory.rows() if every_row else ()
    return _listing(platform, names, named, reached, problem, known)


async def used_models(platform: Platform) -> tuple[ListedModel, ...]:
    """The models that a task submitted now would get; only their providers are asked.

    Raises: NoModelConfigured; ConfigurationError; DatabaseError.
    """
    chosen = await choose_models(platform, {})
    roles: dict[str, list[str]] = {}
    for role, choice in chosen.items():
        roles.setdefault(choice.name, []).append(role)
    wanted = {_provider(platform, name) for name in roles} - {""}
    reached = await platform.directory.look(wanted) if wanted else ()
    listed = []
    for named in roles.values():
        why = ", ".join(dict.fromkeys(chosen[role].why for role in named))
        choice = replace(chosen[named[0]], why=why)
        listed.append(_listed(platform, choice, tuple(named), reached))
    return tuple(listed)


async def _named(platform: Platform) -> tuple[dict[str, dict[str, str]], Problem | None]:
    """Model string → role → how it came to have it."""
    try:
        chosen = await name_models(platform.catalog, platform.roles, {})
    except NoModelConfigured as error:
        return {}, Problem(code=error.code, message=error.message, hint=error.hint)
    named: dict[str, dict[str, str]] = {}
    for role, (name, why) in chosen.items():
        named.setdefault(name, {})[role] = why
    return named, None


def _listing(
    platform: Platform,
    names: Iterable[str],
    named: Mapping[str, Mapping[str, str]],
    reached: Sequence[Reach],
    problem: Problem | None,
    known: Mapping[str, Measured],
) -> ModelListing:
    listed: dict[str, ListedModel] = {}
    for name in names:
        try:
            model = _model(platform, name, named.get(name, {}), reached, known)
        except NoModelConfigured as error:
            problem = problem or Problem(code=error.code, message=error.message, hint=error.hint)
            continue
        listed.setdefault(platform.directory.canonical(name), model)
    return ModelListing(models=tuple(listed.values()), providers=tuple(reached), problem=problem)


def _model(
    platform: Platform,
    name: str,
    roles: Mapping[str, str],
    reached: Sequence[Reach],
    known: Mapping[str, Measured],
) -> ListedModel:
    """Raises: NoModelConfigured when the name begins like no provider's."""
    why = ", ".join(dict.fromkeys(roles.values()))
    choice = replace(as_measured(platform.directory, platform.directory.outline(name), known), why=why)
    return _listed(platform, choice, tuple(roles), reached)


def _listed(
    platform: Platform, choice: ModelChoice, roles: tuple[str, ...], reached: Sequence[Reach]
) -> ListedModel:
    provider = _provider(platform, choice.name)
    found = next((each for each in reached if each.provider == provider), None)
    canonical = platform.directory.canonical(choice.name) if provider else choice.name
    state, cure = _state(canonical, found)
    return ListedModel(choice=choice, provider=provider, roles=roles, state=state, cure=cure)


def _provider(platform: Platform, name: str) -> str:
    """Empty for what no provider serves."""
    try:
        provider = platform.directory.canonical(name).partition("/")[0]
    except NoModelConfigured:
        return ""
    return "" if provider in {"scripted", "manual"} else provider


def _state(canonical: str, reach: Reach | None) -> tuple[State, str]:
    if reach is None:
        return "here", ""
    if reach.state != "reachable" or reach.models is None:
        return reach.state, reach.cure
    model = canonical.partition("/")[2].removesuffix(ROW_MARK)
    if any(each in {model, f"{model}:latest"} for each in reach.models):
        return "reachable", ""
    # Providers list an alias under its dated name, and a row stands for all that begins like it.
    is_prefix = reach.provider != "ollama" or canonical.endswith(ROW_MARK)
    if is_prefix and any(_begins(each, model, canonical) for each in reach.models):
        return "reachable", ""
    if reach.provider == "ollama":
        return "missing", f"Get it with `ollama pull {model}`."
    return "not listed", f"{reach.label} does not list it: look for a typing error in its name."


def _begins(listed: str, model: str, canonical: str) -> bool:
    """Whether a listed name is the model's with a date or version behind it, or one that a row stands for."""
    rest = listed.removeprefix(model)
    return listed.startswith(model) and (
        canonical.endswith(ROW_MARK) or not rest or (rest[0] in "-@:" and rest[1:2].isdigit())
    )


def _others(platform: Platform, reached: Sequence[Reach]) -> list[str]:
    """What could be used: what providers with a key are asked by default, and all that Ollama has."""
    local = [f"ollama/{name}" for each in reached if each.provider == "ollama" for name in each.models or ()]
    with_key = {each.provider for each in reached if each.state != "no key" and each.provider != "ollama"}
    defaults = [name for name in platform.directory.defaults() if _provider(platform, name) in with_key]
    return [*defaults, *local]


def troubles(models: Iterable[ListedModel]) -> list[Problem]:
    """What stands in the way of a task that is submitted now."""
    return [
        Problem(
            code=CODES.get(each.state, ModelUnreachable.code),
            message=f"{each.choice.name} ({', '.join(each.roles)}) is {each.state}.",
            hint=each.cure,
        )
        for each in models
        if each.roles and not each.is_usable
    ]
