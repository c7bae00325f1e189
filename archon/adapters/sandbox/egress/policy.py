"""Who may be reached: the list, and what the addresses of a listed name have to be. Nothing here waits."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Sequence

from archon.adapters.sandbox.egress import addresses
from archon.adapters.sandbox.egress.addresses import IPAddress
from archon.domain.egress import Destination, canonical_host


class AllowList:
    """Exactly these ports of exactly these hosts, compared in their canonical spelling."""

    def __init__(self) -> None:
        self._listed: set[Destination] = set()

    def __contains__(self, destination: Destination) -> bool:
        return destination in self._listed

    def __iter__(self) -> Iterator[Destination]:
        return iter(self._listed)

    def add(self, destinations: Collection[Destination]) -> None:
        """Raises: InvalidInput for a host that is neither a name nor an address."""
        self._listed |= {Destination(canonical_host(each.host), each.port) for each in destinations}

    def fault_of(self, destination: Destination, resolved: Sequence[IPAddress]) -> str | None:
        """Why none of these addresses of an allowed destination is connected to; None when all may be.

        One bad address spoils the whole answer: which of them is used would be the name's owner's choice.
        """
        return next((fault for each in resolved if (fault := self._fault(destination, each))), None)

    def _fault(self, destination: Destination, address: IPAddress) -> str | None:
        forbidden = addresses.never(address)
        if forbidden:
            return f"{destination} leads to {address}, which is {forbidden}: that cannot be allowed."
        itself = Destination(str(address), destination.port)
        kind = addresses.not_public(address)
        if kind is None or itself in self._listed:
            return None
        return f"{destination} leads to {address}, which is {kind}. If that is meant, add --allow {itself}."


def never_allowed(destination: Destination) -> str | None:
    """Why an address cannot even be listed; None for all others, and for names."""
    address = literal(destination)
    kind = addresses.never(address) if address else None
    return f"{destination} is {kind}: that cannot be allowed." if kind else None


def literal(destination: Destination) -> IPAddress | None:
    """The address that a destination is written as; None for a name."""
    return ipaddress.ip_address(destination.host) if destination.is_address else None
