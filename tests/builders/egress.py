"""A proxy over a small internet, and a look at whether anything of it is left in the event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from archon.adapters.sandbox.egress.limits import Limits
from archon.adapters.sandbox.egress.proxy import Proxy
from archon.domain.egress import Destination, Refusal
from tests.builders.internet import Client, Internet, said

QUICK = Limits(linger_s=0.2)


@dataclass
class Exit:
    """A sandbox's way out, and what stands at its ends."""

    internet: Internet
    proxy: Proxy
    port: int
    """Where the proxy listens on loopback."""
    complaints: list[dict[str, Any]] = field(default_factory=list)
    """What reached the event loop's handler for errors."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def allow(self, *destinations: str) -> None:
        self.proxy.allow([Destination.parse(each) for each in destinations])

    async def client(self) -> Client:
        return await Client.of(self.port)

    async def said(self, data: bytes) -> bytes:
        return await said(self.port, data)

    def refused(self) -> Refusal:
        """The one refusal since the last look."""
        (refusal,) = self.proxy.take_refusals()
        return refusal


def listener() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    return listening


@asynccontextmanager
async def way_out(limits: Limits = QUICK, *, real: bool = False) -> AsyncIterator[Exit]:
    """A proxy over an empty internet, or, if `real`, over the machine's own network.

    Afterwards nothing of it runs any more, and nothing went wrong unseen.
    """
    internet = Internet()
    before = asyncio.all_tasks()
    if real:
        proxy = Proxy(limits=limits)
    else:
        proxy = Proxy(resolve=internet.resolve, connect=internet.connect, limits=limits)
    listening = listener()
    out = Exit(internet, proxy, listening.getsockname()[1])
    asyncio.get_running_loop().set_exception_handler(lambda _, context: out.complaints.append(context))
    proxy.serve(listening)
    try:
        yield out
    finally:
        await proxy.close()
        left = [each for each in asyncio.all_tasks() - before if "egress" in repr(each.get_coro())]
        internet.close()
    await proxy.close()
    assert left == []
    assert out.complaints == []
