"""Which model plays which role in a task, and what it is asked with: decided once, when it is submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archon.domain.errors import InvalidInput, NoModelConfigured
from archon.domain.measured import Measured, refine
from archon.domain.parameters import Layer, check_parameter, merged
from archon.domain.sizing import sized
from archon.domain.task import ModelChoice
from archon.domain.values import JsonObject
from archon.ports.catalog import Catalog
from archon.ports.directory import Directory
from archon.services.name_models import Named, cast_of, name_models
from archon.services.platform import Platform, RoleModels
from archon.services.roles import BY_NAME, role_of_agent, suggestion

NO_PARAMETERS: Layer = {}


async def choose_models(
    platform: Platform,
    overrides: Mapping[str, str],
    parameters: Layer = NO_PARAMETERS,
    *,
    workflow: str = "script",
) -> dict[str, ModelChoice]:
    """Role → model as a task submitted now gets it: as resolved, and as measured where that was done.

    Raises: InvalidInput; NoModelConfigured; ConfigurationError; DatabaseError.
    """
    chosen = await resolve_models(platform.catalog, platform.roles, overrides, parameters, workflow=workflow)
    known = await platform.measurements.all()
    return {role: as_measured(platform.directory, choice, known) for role, choice in chosen.items()}


async def resolve_models(
    catalog: Catalog,
    roles: RoleModels,
    overrides: Mapping[str, str],
    parameters: Layer = NO_PARAMETERS,
    *,
    workflow: str = "script",
) -> dict[str, ModelChoice]:
    """Role → model, and what it is asked with: as settings say by model, then by agent, then the caller.

    `overrides` are the caller's models by role, `parameters` the caller's by agent. Only the roles of
    the workflow have a model, and those that another one plays only where they were given one, or
    parameters of their own.

    Raises: InvalidInput for what there is not, or not in that workflow; NoModelConfigured;
    ConfigurationError.
    """
    cast = cast_of(workflow)
    for role in sorted(overrides):
        _check_role(role, workflow)
    said = _said(roles, _by_role(parameters, workflow))
    naming = await name_models(catalog, roles, overrides, cast=cast, apart=said)
    if naming.problem:
        raise naming.problem
    return {
        role: asked_with(_described(catalog, role, named), said.get(role, {}))
        for role, named in naming.named.items()
    }


def asked_with(choice: ModelChoice, agent_params: JsonObject) -> ModelChoice:
    """A role's model with what its agent asks with, over what the model is asked with by its name."""
    params = merged(choice.params, agent_params)
    return sized(replace(choice, params=params, agent_params=agent_params), params)


def as_measured(directory: Directory, choice: ModelChoice, known: Mapping[str, Measured]) -> ModelChoice:
    """The choice, refined by what is known of its model, however its name is spelled."""
    try:
        found = known.get(directory.canonical(choice.name))
    except NoModelConfigured:
        found = None
    return choice if found is None else sized(refine(choice, found), choice.params)


def _described(catalog: Catalog, role: str, named: Named) -> ModelChoice:
    try:
        return catalog.describe(named.name, why=named.why)
    except NoModelConfigured as error:
        raise NoModelConfigured(f"{role} ({named.why}): {error.message}", hint=error.hint) from None


def _said(roles: RoleModels, asked: Layer) -> dict[str, JsonObject]:
    """Role → what its agent asks with: as the operator says, and over that as the caller says."""
    every = {**roles.params, **asked}
    return {role: merged(roles.params.get(role, {}), asked.get(role, {})) for role in every}


def _by_role(parameters: Layer, workflow: str) -> dict[str, JsonObject]:
    by_role: dict[str, JsonObject] = {}
    for agent, given in parameters.items():
        try:
            role = role_of_agent(agent)
            for name, value in given.items():
                check_parameter(agent, name, value)
        except ValueError as error:
            raise InvalidInput(
                f"A parameter cannot be used: {error}.",
                hint="Write AGENT.NAME=VALUE, such as coder.temperature=0.2.",
            ) from None
        _check_role(role, workflow)
        by_role[role] = merged(by_role.get(role, {}), given)
    return by_role


def _check_role(name: str, workflow: str) -> None:
    roles = cast_of(workflow)
    if name not in BY_NAME:
        raise InvalidInput(
            f"There is no role {name!r}{suggestion(name, list(roles))}.",
            hint=f"The roles are {', '.join(roles)}.",
        )
    if name not in roles:
        raise InvalidInput(
            f"The workflow {workflow} asks no {name}.", hint=f"Its roles are {', '.join(roles)}."
        )
