"""Who decides whether a program may install packages, and where they go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal, TypeAlias

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
    from archon.adapters.sandbox.egress.registries import registries

    known = registries(environment)
    variables = {
        "PYTHONUSERBASE": FOLDER,
        "PIP_BREAK_SYSTEM_PACKAGES": "1",  # of a distribution's Python, which is only shown here
    }
    programs = f"{FOLDER}/bin"
    if policy == "allow":
        return Reach(destinations=(*allowed, *known), variables=variables, programs=programs)

    return Reach(
        destinations=allowed, ask=_OneQuestion(known, ask).answer, variables=variables, programs=programs
    )


class _OneQuestion:
    """A person decides about all registries by the first that is asked for: one install needs several."""

    def __init__(self, known: tuple[Destination, ...], ask: Ask | None) -> None:
        self._known = known
        self._ask = ask
        self._turn = asyncio.Lock()
        self._answer: bool | None = None

    async def answer(self, destination: Destination) -> bool:
        if destination not in self._known or self._ask is None:
            return False
        async with self._turn:
            if self._answer is None:
                self._answer = await self._ask(destination)
        return self._answer
