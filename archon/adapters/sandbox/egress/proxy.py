"""The one way out of a sandbox: an HTTP proxy, outside, that reaches what is listed and nothing else.

What holds: requests are compared, resolved and connected to in one canonical spelling; names are resolved
once, and all their addresses judged; a connection carries one request, or one tunnel. What the proxy cannot
see is what is said inside a tunnel.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Collection

from archon.adapters.sandbox.egress import answers, forward, requests, targets, tunnel
from archon.adapters.sandbox.egress.dialling import Connect, Resolve, system_connect, system_resolver
from archon.adapters.sandbox.egress.faults import Cut, Refused, Unreachable
from archon.adapters.sandbox.egress.gate import Gate
from archon.adapters.sandbox.egress.limits import Limits
from archon.adapters.sandbox.egress.link import HEAD_BYTES, Link
from archon.adapters.sandbox.egress.record import Record
from archon.adapters.sandbox.egress.requests import Request
from archon.domain.egress import Destination, Refusal
from archon.ports.sandbox import Ask

log = logging.getLogger(__name__)

_SHORTAGES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SHORTAGE_PAUSE_S = 0.5


class Proxy:
    def __init__(
        self,
        *,
        resolve: Resolve = system_resolver,
        connect: Connect = system_connect,
        limits: Limits | None = None,
    ) -> None:
        """It allows nothing yet. `resolve` and `connect` are what the proxy needs of the network."""
        self._limits = limits or Limits()
        self._gate = Gate(resolve=resolve, connect=connect, limits=self._limits)
        self._record = Record()
        self._seats = asyncio.Semaphore(self._limits.connections)
        self._listeners: dict[socket.socket, asyncio.Task[None]] = {}
        self._conversations: set[asyncio.Task[None]] = set()

    def allow(self, destinations: Collection[Destination], *, ask: Ask | None = None) -> None:
        """Add to what may be reached. `ask`, when given, is asked from now on about names not listed.

        Raises: InvalidInput for a host that is neither a name nor an address.
        """
        self._gate.allowed.add(destinations)
        self._gate.questions.ask = ask or self._gate.questions.ask

    def serve(self, listener: socket.socket) -> None:
        """Serve who connects to a listening socket, which is the proxy's from now on.

        Nobody else may hold that socket: who does could make it block, and the event loop with it.
        """
        listener.setblocking(False)
        self._listeners[listener] = asyncio.ensure_future(self._accept(listener))

    def serves(self, listener: socket.socket) -> bool:
        return listener in self._listeners

    async def leave(self, listener: socket.socket) -> None:
        """Serve nobody more who connects to it, and close it. Conversations go on."""
        task = self._listeners.pop(listener, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        listener.close()

    def take_refusals(self) -> tuple[Refusal, ...]:
        """What was refused since the last call, in order; of very many only the first, and their number."""
        return self._record.take()

    async def close(self) -> None:
        """End all connections, and listen no more. May be called twice."""
        for listener in [*self._listeners]:
            await self.leave(listener)
        conversations = {*self._conversations}
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        await self._gate.questions.close()

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            await self._seats.acquire()
            try:
                connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            except OSError as error:
                self._seats.release()
                if not await _worth_another_try(error):
                    log.warning("the sandbox's proxy cannot listen any more", exc_info=error)
                    return
            except BaseException:
                self._seats.release()
                raise
            else:
                self._start(connection)

    def _start(self, connection: socket.socket) -> None:
        task = asyncio.ensure_future(self._converse(connection))
        self._conversations.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._conversations.discard(task)
        self._seats.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a connection to the sandbox's proxy broke", exc_info=error)

    async def _converse(self, connection: socket.socket) -> None:
        try:
            client = await Link.over(connection)
        except OSError:
            return
        try:
            await self._serve_one(client)
            await client.finish(self._limits.linger_s)
        except (Cut, OSError):
            log.debug("a connection to the sandbox's proxy ended early", exc_info=True)
        finally:
            client.drop()

    async def _serve_one(self, client: Link) -> None:
        """One request, or one tunnel. Raises: Cut and OSError when the client is gone."""
        try:
            await self._handle(requests.parse(await self._head(client)), client)
        except Refused as fault:
            self._record.add(fault)  # first: the program may end as soon as it hears of it
            told = client.was_answered
            await client.send(fault.last_words if told else answers.refusal(fault, self._gate.allowed))
        except Unreachable as fault:
            if not client.was_answered:
                await client.send(answers.unreachable(str(fault)))

    async def _head(self, client: Link) -> bytes:
        """Raises: Refused for one that is too long; Cut when it does not come, or not in time; OSError."""
        try:
            async with asyncio.timeout(self._limits.head_s):
                return await client.until(b"\r\n\r\n")
        except ValueError:
            reason = f"The request is malformed: its header is longer than {HEAD_BYTES} bytes."
            raise Refused("a request without end", reason, status=431) from None
        except TimeoutError:
            await client.send(answers.too_slow())
            raise Cut from None

    async def _handle(self, request: Request, client: Link) -> None:
        if request.is_tunnel:
            destination, path = targets.of_tunnel(request.target), ""
            head = answers.ESTABLISHED
        else:
            destination, path = targets.of_url(request.target)
            head = requests.upstream_head(request, destination, path)
        upstream = await self._gate.open(destination, request.target)
        try:
            if request.is_tunnel:
                await client.send(head)
                await tunnel.run(client, upstream, destination, self._limits)
            else:
                await forward.run(request, head, client, upstream, self._limits)
        finally:
            upstream.drop()


async def _worth_another_try(error: OSError) -> bool:
    """Whether accepting failed for a reason that passes: then after a moment."""
    if error.errno in _SHORTAGES:
        await asyncio.sleep(_SHORTAGE_PAUSE_S)
    return error.errno in {*_SHORTAGES, errno.ECONNABORTED, errno.EPROTO, errno.EPERM}
