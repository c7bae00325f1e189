"""How the commands of one sandbox come to its proxy, whichever of its lives they are started in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archon.adapters.sandbox.forwarding import Forwarding, is_own
from archon.adapters.sandbox.link import Link
from archon.domain.egress import Destination, Refusal
from archon.ports.sandbox import Ask

if TYPE_CHECKING:
    from archon.adapters.sandbox.egress.proxy import Proxy

_PROXIED = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_NOT_PROXIED = ("no_proxy", "NO_PROXY")
_PORT = 3128
"""The same in every run, since programs may print their environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What every sandbox of a provider may reach from its beginning: nothing, unless said otherwise."""

    destinations: tuple[Destination, ...] = ()
    ask: Ask | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    """What commands need in their environment to make use of it."""
    programs: str = ""
    """A folder of programs that commands find after all others."""


class WayOut:
    """Where nothing may be reached, it leads to somebody who says so, and keeps what was tried.

    What is allowed of this machine's own loopback is shown inside, at the same port.
    """

    def __init__(self, reach: Reach) -> None:
        self._allowed = [*reach.destinations]
        self._ask = reach.ask
        self._link: Link | None = None
        self._proxy: Proxy | None = None
        self._listener: socket.socket | None = None
        self._forwardings: dict[int, Forwarding] = {}
        self._variables = dict(reach.variables)
        self._programs = reach.programs

    async def allow(self, destinations: Collection[Destination], ask: Ask | None) -> None:
        """Add to where it leads. Raises: LinkLost."""
        self._allowed += destinations
        self._ask = ask or self._ask
        if self._proxy is not None:
            self._proxy.allow(destinations, ask=ask)
        if self._link is not None:
            await self._show_own(self._link)

    async def lead_from(self, link: Link) -> None:
        """Listen inside a sandbox that has come up. Raises: LinkLost."""
        self._link = link
        self._listener = await link.listen(_PORT)
        asyncio.get_running_loop().add_reader(self._listener, self._serve, self._listener)
        _, port, *_ = self._listener.getsockname()
        self._variables |= dict.fromkeys(_PROXIED, f"http://127.0.0.1:{port}")
        self._variables |= dict.fromkeys(_NOT_PROXIED, "localhost,127.0.0.1,::1")
        await self._show_own(link)

    async def leave(self) -> None:
        """Listen no more inside a sandbox that ends."""
        forwardings, self._forwardings, self._link = self._forwardings, {}, None
        for forwarding in forwardings.values():
            await forwarding.close()
        listener, self._listener = self._listener, None
        if listener is None:
            return
        if self._proxy is not None and self._proxy.serves(listener):
            await self._proxy.leave(listener)
        else:
            asyncio.get_running_loop().remove_reader(listener)
            listener.close()

    def on_top_of(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment with all that tells programs of the way."""
        path = ":".join(filter(None, (environment["PATH"], self._programs)))
        return {**environment, **self._variables, "PATH": path}

    def take_refusals(self) -> tuple[Refusal, ...]:
        return self._proxy.take_refusals() if self._proxy is not None else ()

    async def close(self) -> None:
        if self._proxy is not None:
            await self._proxy.close()

    async def _show_own(self, link: Link) -> None:
        for destination in filter(is_own, self._allowed):
            if destination.port not in self._forwardings:
                listener = await link.listen(destination.port)
                self._forwardings[destination.port] = Forwarding(listener, destination)

    def _serve(self, listener: socket.socket) -> None:
        """The first one comes: most commands never do, and the proxy takes a while to be imported."""
        from archon.adapters.sandbox.egress.proxy import Proxy

        asyncio.get_running_loop().remove_reader(listener)
        if self._proxy is None:
            self._proxy = Proxy()
            self._proxy.allow(self._allowed, ask=self._ask)
        self._proxy.serve(listener)
