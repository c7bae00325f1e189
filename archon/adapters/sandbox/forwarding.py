"""Shows an allowed port of this machine's own loopback inside a sandbox, at the same place."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from archon.domain.egress import Destination

_PIECE_BYTES = 1 << 16
_MOST_AT_ONCE = 64
_LOOPBACK = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}


def is_own(destination: Destination) -> bool:
    """Whether it is the loopback, which no proxy is asked for: programs mean their own by it."""
    return destination.host in _LOOPBACK


class Forwarding:
    """One listening socket inside, whose every connection is led to one port outside."""

    def __init__(self, listener: socket.socket, destination: Destination) -> None:
        self._destination = destination
        self._listener = listener
        self._seats = asyncio.Semaphore(_MOST_AT_ONCE)
        self._starting = asyncio.ensure_future(asyncio.start_server(self._lead, sock=listener))
        self._conversations: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        server = await self._starting
        server.close()
        for conversation in [*self._conversations]:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        try:
            async with self._seats:
                await self._converse(reader, writer)
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until both have said all; at once when nobody listens outside."""
        host, port = _LOOPBACK[self._destination.host], self._destination.port
        with suppress(OSError):
            there, out = await asyncio.open_connection(host, port)
            try:
                await asyncio.gather(_pump(reader, out), _pump(there, writer))
            finally:
                out.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
