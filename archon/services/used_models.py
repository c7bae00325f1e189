"""The models that a task submitted now would get, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from archon.domain.errors import ModelUnauthorized, ModelUnreachable, NoModelConfigured
from archon.domain.events import Problem
from archon.domain.reach import State
from archon.services.listing.register import ListedModel, Register
from archon.services.name_models import later_roles
from archon.services.platform import Platform
from archon.services.resolve_models import choose_models
from archon.services.roles import BY_NAME
from archon.services.submit_task import WORKFLOW

CODES: dict[State, str] = {
    "no key": NoModelConfigured.code,
    "missing": NoModelConfigured.code,
    "not installed": NoModelConfigured.code,
    "key refused": ModelUnauthorized.code,
}
"""The codes of errors that a task would meet."""


async def used_models(platform: Platform) -> tuple[ListedModel, ...]:
    """Each model once, with all its roles; only the providers of these are asked.

    Raises: NoModelConfigured; ConfigurationError; DatabaseError.
    """
    chosen = await choose_models(platform, {})
    roles: dict[str, list[str]] = {}
    for role, choice in chosen.items():
        roles.setdefault(choice.name, []).append(role)
    reached = await platform.directory.look({_provider(platform, name) for name in roles})
    register = Register(platform.directory, reached, {})
    listed = []
    for named in roles.values():
        why = ", ".join(dict.fromkeys(chosen[role].why for role in named))
        listed.append(register.listed(replace(chosen[named[0]], why=why), named))
    return tuple(listed)


def _provider(platform: Platform, name: str) -> str:
    try:
        return platform.directory.canonical(name).partition("/")[0]
    except NoModelConfigured:
        return ""


def strays(platform: Platform) -> list[Problem]:
    """What is wrong with the models of roles that no workflow asks yet: names that are nobody's."""
    set_ones = {role: name for role in later_roles(WORKFLOW) if (name := getattr(platform.roles, role))}
    found = []
    for role, name in set_ones.items():
        try:
            platform.directory.canonical(name)
        except NoModelConfigured as error:
            message = f"{role} ({BY_NAME[role].variable}): {error.message}"
            found.append(Problem(code=error.code, message=message, hint=error.hint))
    return found


def troubles(models: Iterable[ListedModel]) -> list[Problem]:
    """What stands in the way of a task that is submitted now."""
    return [
        Problem(
            code=CODES.get(each.standing.state, ModelUnreachable.code),
            message=f"{each.choice.name} ({', '.join(each.roles)}) is {each.standing.state}.",
            hint=each.standing.cure,
        )
        for each in models
        if each.roles and not each.is_usable
    ]
