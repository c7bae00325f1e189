"""Names to addresses, once, and a connection to one of exactly these addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import TypeAlias

from archon.adapters.sandbox.egress.addresses import IPAddress
from archon.adapters.sandbox.egress.faults import Unreachable
from archon.adapters.sandbox.egress.limits import Limits
from archon.adapters.sandbox.egress.link import HEAD_BYTES, Link, Streams
from archon.domain.egress import Destination

Resolve: TypeAlias = Callable[[Destination], Awaitable[Sequence[IPAddress]]]
"""All addresses of a destination that is a name. Raises: OSError."""
Connect: TypeAlias = Callable[[IPAddress, int], Awaitable[Streams]]
"""Streams to a port of an address, with a reader that holds HEAD_BYTES. Raises: OSError."""

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="resolve")
"""Of their own, so that a name server that hangs holds up nothing else of the program."""


async def system_resolver(destination: Destination) -> Sequence[IPAddress]:
    """As the host itself resolves names. Raises: OSError."""
    found = await asyncio.get_running_loop().run_in_executor(
        _THREADS, lambda: socket.getaddrinfo(destination.host, destination.port, type=socket.SOCK_STREAM)
    )
    return tuple(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


async def system_connect(address: IPAddress, port: int) -> Streams:
    """Raises: OSError."""
    return await asyncio.open_connection(str(address), port, limit=HEAD_BYTES)


async def resolved(destination: Destination, resolve: Resolve, limits: Limits) -> Sequence[IPAddress]:
    """Raises: Unreachable."""
    try:
        async with asyncio.timeout(limits.resolve_s):
            found = await resolve(destination)
    except TimeoutError:
        raise Unreachable(f"no name server answered for {destination.host} in time.") from None
    except (OSError, UnicodeError):
        raise Unreachable(f"the name {destination.host} cannot be resolved.") from None
    if not found:
        raise Unreachable(f"the name {destination.host} has no address.")
    return found


async def connected(
    destination: Destination, candidates: Sequence[IPAddress], connect: Connect, limits: Limits
) -> Link:
    """To the first address that answers, in their order; each gets its share of the time left.

    Raises: Unreachable with what the last one said.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limits.connect_s
    said = ""
    for place, address in enumerate(candidates):
        share = (deadline - loop.time()) / (len(candidates) - place)
        try:
            async with asyncio.timeout(share):
                return Link(await connect(address, destination.port))
        except TimeoutError:
            said = "no answer in time"
        except OSError as error:
            said = error.strerror or str(error)
    raise Unreachable(f"no connection to {destination}: {said}.")
