"""Who decides whether a program may install packages, and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from archon.adapters.sandbox.egress.registries import registries
from archon.adapters.sandbox.layout import WORKSPACE
from archon.adapters.sandbox.way_out import Reach
from archon.domain.egress import Destination
from archon.ports.sandbox import Ask

Policy: TypeAlias = Literal["ask", "allow", "deny"]

FOLDER = f"{WORKSPACE}/.packages"
"""Where pip installs to for the interpreter itself; a virtual environment or node_modules goes beside it."""


def reach(
    policy: Policy, allowed: tuple[Destination, ...], environment: Mapping[str, str], ask: Ask | None
) -> Reach:
    """What may be reached where these destinations are allowed, and packages by this policy.

    `environment` is the host's, which may name registries of its own. `ask` asks a person; with nobody
    to ask nothing is given.
    """
    if policy == "deny" or (policy == "ask" and ask is None):
        return Reach(destinations=allowed)
    known = registries(environment)
    variables = {
        "PYTHONUSERBASE": FOLDER,
        "PIP_BREAK_SYSTEM_PACKAGES": "1",  # of a distribution's Python, which is only shown here
    }
    programs = f"{FOLDER}/bin"
    if policy == "allow":
        return Reach(destinations=(*allowed, *known), variables=variables, programs=programs)

    async def ask_about(destination: Destination) -> bool:
        return ask is not None and destination in known and await ask(destination)

    return Reach(destinations=allowed, ask=ask_about, variables=variables, programs=programs)
