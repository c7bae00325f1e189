"""One plain HTTP request to an allowed destination, and its answer; nothing else on either connection."""

from __future__ import annotations

import asyncio

from archon.adapters.sandbox.egress import answers
from archon.adapters.sandbox.egress.answers import Answer
from archon.adapters.sandbox.egress.bodies import Body
from archon.adapters.sandbox.egress.faults import Cut, Refused, Unreachable
from archon.adapters.sandbox.egress.fields import Ambiguous
from archon.adapters.sandbox.egress.idle import Idle, no_longer_than_idle, together
from archon.adapters.sandbox.egress.limits import Limits
from archon.adapters.sandbox.egress.link import Link
from archon.adapters.sandbox.egress.requests import Request


async def run(request: Request, head: bytes, client: Link, upstream: Link, limits: Limits) -> None:
    """Send the request with `head` instead of its own header, and pass its answer on as it comes.

    Raises: Refused for a body that can be read in two ways; Unreachable when there is no whole answer;
    Cut when the client went away; OSError.
    """
    try:
        async with no_longer_than_idle(limits) as idle:
            await together(
                _answer(request, client, upstream, idle),
                _request(request, head, client, upstream, idle),
                until=asyncio.FIRST_COMPLETED,
            )
    except TimeoutError:
        raise Unreachable(f"it has said nothing for {limits.idle_s:g} seconds.") from None


async def _request(request: Request, head: bytes, client: Link, upstream: Link, idle: Idle) -> None:
    """Send it, then watch the client for as long as the answer takes; does not return."""
    try:
        await upstream.send(head)
        await Body(client, upstream, idle.moved).framed(request.framing)
    except Ambiguous as fault:
        raise Refused(request.target, f"The request is malformed: {fault}.", status=400) from None
    except OSError:
        # The server may have answered, and closed, without waiting for the whole body.
        await asyncio.Event().wait()
    while await client.read():
        continue  # a second request on this connection is nothing that was judged: it goes nowhere
    idle.half_closed()
    await asyncio.Event().wait()


async def _answer(request: Request, client: Link, upstream: Link, idle: Idle) -> None:
    answer = await _head(upstream)
    while answer.is_interim:
        await client.send(answer.head)
        answer = await _head(upstream)
    await client.send(answer.head)
    if not answer.has_body(request.method):
        return
    body = Body(upstream, client, idle.moved)
    is_told = answer.framing.is_chunked or answer.framing.length is not None
    try:
        await (body.framed(answer.framing) if is_told else body.to_the_end())
    except Ambiguous as fault:
        raise Unreachable(f"its answer is malformed: {fault}.") from None
    except Cut:
        raise Unreachable("its answer broke off.") from None


async def _head(upstream: Link) -> Answer:
    try:
        return answers.parse(await upstream.until(b"\r\n\r\n"))
    except Cut:
        raise Unreachable("it closed the connection without an answer.") from None
    except ValueError as fault:
        raise Unreachable(f"its answer is malformed: {fault}.") from None
