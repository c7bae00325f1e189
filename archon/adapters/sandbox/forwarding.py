"""Shows an allowed port of this machine's own loopback inside a sandbox, at the same place."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from archon.domain.egress import Destination

_PIECE_BYTES = 1 << 16
_MOST_AT_ONCE = 64
_LINGER_S = 5
_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}


def is_own(destination: Destination) -> bool:
    """Whether it is the loopback, which no proxy is asked for: programs mean their own by it."""
    return destination.host in _LOOPBACK


class Forwarding:
    """One listening socket inside, whose every connection is led to one port outside."""

    def __init__(self, listener: socket.socket, destination: Destination) -> None:
        listener.setblocking(False)
        self._destination = destination
        self._listener = listener
        self._seats = asyncio.Semaphore(_MOST_AT_ONCE)
        self._conversations: set[asyncio.Task[None]] = set()
        self._accepting = asyncio.ensure_future(self._accept())

    async def close(self) -> None:
        tasks = [self._accepting, *self._conversations]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()

    async def _accept(self) -> None:
        """Take in no more than can be led on: the rest waits inside."""
        while True:
            await self._seats.acquire()
            try:
                connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
            except BaseException:
                self._seats.release()
                raise
            task = asyncio.ensure_future(self._converse(connection))
            self._conversations.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._conversations.discard(task)
        self._seats.release()

    async def _converse(self, connection: socket.socket) -> None:
        """Until both have said all; at once when nobody listens outside."""
        host, port = _LOOPBACK[self._destination.host], self._destination.port
        with suppress(OSError), connection:
            reader, writer = await asyncio.open_connection(sock=connection)
            try:
                there, out = await asyncio.open_connection(host, port)
                try:
                    await asyncio.gather(_pump(reader, out), _pump(there, writer))
                finally:
                    await _let_go(out)
            finally:
                await _let_go(writer)


async def _let_go(writer: asyncio.StreamWriter) -> None:
    """Close it with what is still to be sent, or without when nobody takes that."""
    writer.close()
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), _LINGER_S)
    writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on until the end; a connection that breaks ends both ways."""
    try:
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()
