"""Says which model each role has and what it is asked with, and which models there are beside those."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archon.domain.errors import NoModelConfigured
from archon.domain.events import Problem
from archon.domain.reach import Reach
from archon.services.listing.parts import Casting, Part
from archon.services.listing.register import ListedModel, Register
from archon.services.name_models import Naming, cast_of, later_roles, name_models
from archon.services.platform import Platform
from archon.services.submit_task import WORKFLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelListing:
    parts: tuple[Part, ...]
    """The roles of the workflow, then those of workflows to come that a setting says something about."""
    models: tuple[ListedModel, ...]
    """Those that have a role first."""
    providers: tuple[Reach, ...]
    problem: Problem | None
    """Why roles have no model, and what to do; None where each has one."""


async def list_models(platform: Platform, *, every_row: bool = False) -> ModelListing:
    """The roles with their models, and the models that could be used: providers' defaults and Ollama's own.

    `every_row` adds all that the table of models knows. Providers are asked at the same time, for two
    seconds at most; none that fails raises. Raises: ConfigurationError for a table that is wrong;
    DatabaseError.
    """
    cast, apart = cast_of(WORKFLOW), platform.roles.params
    naming = await name_models(platform.catalog, platform.roles, {}, cast=cast, apart=apart)
    later = await _later(platform)
    reached = await platform.directory.look()
    register = Register(platform.directory, reached, await platform.measurements.all())
    casting = Casting(register, apart)
    parts = (
        *casting.parts(cast, naming, is_asked=True),
        *casting.parts(later.named, later, is_asked=False),
    )
    names = [*_others(platform, reached), *register.measured]
    names += platform.directory.rows() if every_row else ()
    return ModelListing(
        parts=parts,
        models=_models(register, parts, names),
        providers=tuple(reached),
        problem=_problem(naming, parts),
    )


async def _later(platform: Platform) -> Naming:
    """The models of the roles that settings say something about, though no workflow asks them yet."""
    roles = platform.roles
    cast = [role for role in later_roles(WORKFLOW) if getattr(roles, role) or role in roles.params]
    return await name_models(platform.catalog, roles, {}, cast=cast)


def _problem(naming: Naming, parts: Sequence[Part]) -> Problem | None:
    if error := naming.problem:
        return Problem(code=error.code, message=error.message, hint=error.hint)
    return next((part.problem for part in parts if part.problem), None)


def _models(register: Register, parts: Sequence[Part], others: Iterable[str]) -> tuple[ListedModel, ...]:
    """Each model once, however its name is spelled, as it is without what an agent asks it with."""
    roles: dict[str, list[str]] = {}
    for part in parts:
        if part.model and not part.shares:
            roles.setdefault(part.model.choice.name, []).append(part.role)
    listed: dict[str, ListedModel] = {}
    for name in (*roles, *others):
        try:
            canonical, choice = register.directory.canonical(name), register.choice(name, {})
        except NoModelConfigured:
            continue  # measured by a version that knew its provider
        found = listed.setdefault(canonical, register.listed(choice))
        listed[canonical] = replace(found, roles=(*found.roles, *roles.pop(name, ())))
    return tuple(listed.values())


def _others(platform: Platform, reached: Sequence[Reach]) -> list[str]:
    """What could be used: what providers with a key are asked by default, and all that Ollama has."""
    local = [f"ollama/{name}" for each in reached if each.provider == "ollama" for name in each.models or ()]
    with_key = {each.provider for each in reached if each.state != "no key" and each.provider != "ollama"}
    defaults = [
        name
        for name in platform.directory.defaults()
        if platform.directory.canonical(name).partition("/")[0] in with_key
    ]
    return [*defaults, *local]
