"""Who can have a model of its own: every role, what it does, and which model it has by default."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, TypeAlias

from archon.domain.task import FALLBACK

Default: TypeAlias = Literal["small", "strong", "quick", "none"]
"""The local small model where there is one; the strongest; the strong provider's quick one; nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A part in a task that a model plays. Its variable is `MODEL_` and its name in capitals."""

    name: str
    default: Default
    stands_in: str = ""
    """The role that plays it too, where it has been given nothing of its own."""
    agent: str = ""
    """What its agent is called beside that."""

    @property
    def variable(self) -> str:
        return f"MODEL_{self.name.upper()}"


ROLES: tuple[Role, ...] = (
    Role(name="planner", default="small"),
    Role(name="coder", default="small"),
    Role(name="fixer", default="strong"),
    Role(name="checker", default="strong", stands_in="fixer"),
    Role(name="judge", default="small", stands_in="planner"),
    Role(name="orchestrator", default="strong"),
    Role(name="backend", default="strong", agent="backend_agent"),
    Role(name="database", default="strong", agent="database_agent"),
    Role(name="frontend", default="strong", agent="frontend_agent"),
    Role(name="qa", default="strong", agent="qa_agent"),
    Role(name="reviewer", default="strong", agent="code_reviewer"),
    Role(name="git", default="quick", agent="git_agent"),
    Role(name="devops", default="quick", agent="devops_agent"),
    Role(name=FALLBACK, default="none"),
)
BY_NAME = {role.name: role for role in ROLES}
_BY_AGENT = {name: role.name for role in ROLES for name in (role.name, role.agent) if name}


def role_of_agent(name: str) -> str:
    """The role of an agent, by either of its names. Raises: ValueError with the names that there are."""
    if name not in _BY_AGENT or name == FALLBACK:
        agents = [agent for agent in _BY_AGENT if agent != FALLBACK]
        said = suggestion(name, agents) or f"; there are {', '.join(agents)}"
        raise ValueError(f"there is no agent {name!r}{said}")
    return _BY_AGENT[name]


def suggestion(name: str, known: list[str]) -> str:
    """How a message about an unknown name goes on: with the nearest known one, or not at all."""
    near = nearest(name, known, cutoff=0.75)
    return f" (did you mean {near}?)" if near else ""


def nearest(name: str, known: list[str], *, cutoff: float = 0.85) -> str:
    """The known name that another one nearly is; empty where it is like none."""
    return next(iter(get_close_matches(name, known, n=1, cutoff=cutoff)), "")
