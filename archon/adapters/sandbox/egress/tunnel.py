"""A tunnel to an allowed destination: opaque, but for the server's name in a TLS client's first words."""

from __future__ import annotations

import asyncio

from archon.adapters.sandbox.egress.answers import UNRECOGNIZED_NAME
from archon.adapters.sandbox.egress.client_hello import Hello, Unreadable
from archon.adapters.sandbox.egress.faults import Refused
from archon.adapters.sandbox.egress.idle import Idle, no_longer_than_idle, together
from archon.adapters.sandbox.egress.limits import Limits
from archon.adapters.sandbox.egress.link import Link
from archon.adapters.sandbox.egress.targets import destination_of
from archon.domain.egress import Destination


async def run(client: Link, upstream: Link, destination: Destination, limits: Limits) -> None:
    """Pass on what both say until both have ended. The server may speak first, as for ssh.

    Raises: Refused when the client greets another server; Cut; TimeoutError; OSError.
    """
    async with no_longer_than_idle(limits) as idle:
        await together(
            _from_client(client, upstream, destination, limits, idle), _pump(upstream, client, idle)
        )


async def _from_client(
    client: Link, upstream: Link, destination: Destination, limits: Limits, idle: Idle
) -> None:
    first = await client.read(1)
    if first:
        async with asyncio.timeout(limits.greeting_s):
            await upstream.send(await _judged_greeting(first, client, destination))
    await _pump(client, upstream, idle)


async def _judged_greeting(first: bytes, client: Link, destination: Destination) -> bytes:
    """The client's first words, once it is clear that they are for this server. Raises: Refused; Cut."""
    hello = Hello()
    try:
        greeting = hello.feed(first)
        while greeting is None:
            greeting = hello.feed(await client.read() or _ends_early())
    except Unreadable as fault:
        reason = f"The TLS greeting in the tunnel to {destination} cannot be read: {fault}."
        raise Refused(str(destination), reason) from None
    name = greeting.server_name
    if name is not None and destination_of(f"{name}:{destination.port}") != destination:
        reason = f"A tunnel to {destination} was used to greet another server (domain fronting)."
        raise Refused(
            f"{name} through {destination}",
            f"{reason} Open a tunnel to that server itself.",
            last_words=UNRECOGNIZED_NAME,
        )
    return bytes(hello.data)


def _ends_early() -> bytes:
    raise Unreadable("it ends too early")


async def _pump(source: Link, sink: Link, idle: Idle) -> None:
    while piece := await source.read():
        idle.moved()
        await sink.send(piece)
        idle.moved()
    sink.end()
    idle.half_closed()
