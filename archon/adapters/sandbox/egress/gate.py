"""From a destination that somebody inside asks for to a connection, if it may be had."""

from __future__ import annotations

from archon.adapters.sandbox.egress import dialling, policy
from archon.adapters.sandbox.egress.dialling import Connect, Resolve
from archon.adapters.sandbox.egress.faults import Refused
from archon.adapters.sandbox.egress.limits import Limits
from archon.adapters.sandbox.egress.link import Link
from archon.adapters.sandbox.egress.policy import AllowList
from archon.adapters.sandbox.egress.questions import Questions
from archon.adapters.sandbox.egress.registries import PACKAGE_HOSTS
from archon.domain.egress import Destination


class Gate:
    def __init__(self, *, resolve: Resolve, connect: Connect, limits: Limits) -> None:
        self.allowed = AllowList()
        self.questions = Questions()
        self._resolve = resolve
        self._connect = connect
        self._limits = limits

    async def open(self, destination: Destination, target: str) -> Link:
        """A connection to the very addresses that were judged: the name is resolved once, and not again.

        `target` is the destination as it was written. Raises: Refused; Unreachable.
        """
        await self._admit(destination, target)
        address = policy.literal(destination)
        found = [address] if address else await dialling.resolved(destination, self._resolve, self._limits)
        fault = self.allowed.fault_of(destination, found)
        if fault:
            raise Refused(target, fault)
        return await dialling.connected(destination, found, self._connect, self._limits)

    async def _admit(self, destination: Destination, target: str) -> None:
        """Raises: Refused for what is not listed. Nobody is asked about bare addresses."""
        forbidden = policy.never_allowed(destination)
        if forbidden:
            raise Refused(target, forbidden)
        if destination in self.allowed:
            return
        if not destination.is_address and await self.questions.may_be_reached(destination):
            return
        packages = (
            " ARCHON_SANDBOX_PACKAGES=allow adds all registries." if destination in PACKAGE_HOSTS else ""
        )
        reason = f"{destination} is not on the allow-list; --allow {destination} adds it.{packages}"
        raise Refused(target, reason)
