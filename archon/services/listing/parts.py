"""Who plays each role: with which model, by whose word, and what that model is asked with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from archon.domain.errors import NoModelConfigured
from archon.domain.events import Problem
from archon.domain.parameters import KNOWN
from archon.domain.taking import TEMPERATURES, is_taken
from archon.domain.task import ModelChoice
from archon.domain.values import Json, JsonObject
from archon.services.listing.register import ListedModel, Register
from archon.services.name_models import Named, Naming
from archon.services.roles import BY_NAME, nearest

BY_MODEL, BY_AGENT = "MODEL_LLM_PARAMS", "AGENT_LLM_PARAMS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One of those that a role's model is asked with."""

    name: str
    value: Json
    setting: str
    """The one whose word counts."""
    is_taken: bool
    """Whether the model takes it; it is left out of what is sent where it does not."""
    note: str = ""
    """What else there is to say of it, behind its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One role, and who plays it at this moment."""

    role: str
    name: str = ""
    """The model string that it was given; empty where it has none."""
    model: ListedModel | None = None
    """None also where that is nobody's."""
    why: str = ""
    """The setting or default that chose it; empty where nothing did."""
    shares: str = ""
    """The role whose model, parameters and all, it is asked as; empty where it has its own."""
    is_asked: bool = True
    """Whether a workflow of this version asks it."""
    parameters: tuple[Parameter, ...] = ()
    problem: Problem | None = None
    """Why there is no such model."""


@dataclass(frozen=True, slots=True)
class Casting:
    """Makes the parts of a naming."""

    register: Register
    params: Mapping[str, JsonObject]
    """What agents ask with, by role."""

    def parts(self, cast: Iterable[str], naming: Naming, *, is_asked: bool) -> tuple[Part, ...]:
        """A part for each role of the cast, in its order. Raises: ConfigurationError."""
        own = {role: self._part(role, named) for role, named in naming.named.items()}
        parts = [self._shared(role, own) for role in cast]
        return tuple(replace(part, is_asked=is_asked) for part in parts)

    def _part(self, role: str, named: Named) -> Part:
        try:
            choice = replace(self.register.choice(named.name, self.params.get(role, {})), why=named.why)
        except NoModelConfigured as error:
            return Part(role=role, name=named.name, why=named.why, problem=_problem(role, named, error))
        model = self.register.listed(choice, (role,))
        return Part(role=role, name=named.name, model=model, why=named.why, parameters=in_effect(choice))

    def _shared(self, role: str, own: Mapping[str, Part]) -> Part:
        other = BY_NAME[role].stands_in
        part = own.get(role) or own.get(other) or Part(role=role)
        return part if role in own else replace(part, role=role, shares=other)


def in_effect(choice: ModelChoice) -> tuple[Parameter, ...]:
    """What a role's model is asked with, each with the setting whose word counts."""
    return tuple(
        Parameter(
            name=name,
            value=value,
            setting=BY_AGENT if name in choice.agent_params else BY_MODEL,
            is_taken=choice.profile is None or is_taken(name, value, choice.profile),
            note=_note(name, choice),
        )
        for name, value in choice.params.items()
    )


def _note(name: str, choice: ModelChoice) -> str:
    if name not in KNOWN and (meant := nearest(name, sorted(KNOWN))):
        return f"is passed on as it is: did you mean {meant}?"
    profile = choice.profile
    thinks = profile and profile.takes_adaptive_thinking and choice.params.get("thinking", True)
    if profile and profile.takes_temperature and thinks and name in TEMPERATURES:
        return "is not sent where the model thinks before it answers"
    return ""


def _problem(role: str, named: Named, error: NoModelConfigured) -> Problem:
    return Problem(code=error.code, message=f"{role} ({named.why}): {error.message}", hint=error.hint)
