"""The workflows by name. Each is imported when it is first run or drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from archon.domain.errors import NotFound
from archon.engine.scope import Scope
from archon.workflows.toolbox import Toolbox

Workflow: TypeAlias = Callable[[Scope, Toolbox], Awaitable[None]]

ROLES: dict[str, tuple[str, ...]] = {"script": ("planner", "coder", "fixer", "checker", "judge")}
"""Workflow → the roles whose models it asks."""
NAMES = tuple(ROLES)


def workflow(name: str) -> Workflow:
    """Raises: NotFound."""
    if name == "script":
        from archon.workflows.script.graph import run_script

        return run_script
    raise NotFound(f"There is no workflow {name!r}.", hint=f"There are: {', '.join(NAMES)}.")


def draw(name: str) -> str:
    """The workflow as a Mermaid diagram. Raises: NotFound."""
    if name == "script":
        from archon.workflows.script.graph import draw_script

        return draw_script()
    raise NotFound(f"There is no workflow {name!r}.", hint=f"There are: {', '.join(NAMES)}.")
