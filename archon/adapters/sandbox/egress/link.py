"""A stream to one side, that holds no more than a piece: what is not taken yet is not read yet."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import TypeAlias

from archon.adapters.sandbox.egress.faults import Cut

HEAD_BYTES = 1 << 16
PIECE_BYTES = 1 << 16
Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Link:
    def __init__(self, streams: Streams) -> None:
        self._reader, self._writer = streams
        self._writer.transport.set_write_buffer_limits(high=0)  # drain() then means: given to the kernel
        self.was_answered = False
        """Whether anything was sent to this side."""

    @classmethod
    async def over(cls, connection: socket.socket) -> Link:
        """Around a connected socket, which is the link's from now on."""
        try:
            return cls(await asyncio.open_connection(sock=connection, limit=HEAD_BYTES))
        except BaseException:
            connection.close()
            raise

    async def read(self, most: int = PIECE_BYTES) -> bytes:
        """What is there, at least a byte; empty at the end. Raises: Cut when the other side is gone."""
        with _cut_when_gone():
            return await self._reader.read(most)

    async def exactly(self, count: int) -> bytes:
        """Raises: Cut when it ends before."""
        with _cut_when_gone():
            return await self._reader.readexactly(count)

    async def until(self, mark: bytes) -> bytes:
        """All up to the mark, with it. Raises: Cut when it ends before; ValueError after HEAD_BYTES."""
        try:
            with _cut_when_gone():
                return await self._reader.readuntil(mark)
        except asyncio.LimitOverrunError:
            raise ValueError(f"more than {HEAD_BYTES} bytes") from None

    async def send(self, data: bytes) -> None:
        """Returns when the kernel has it. Raises: OSError."""
        self.was_answered = True
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        """Say that nothing more will be sent."""
        with contextlib.suppress(OSError):  # the other side is gone
            self._writer.write_eof()

    async def finish(self, linger_s: float) -> None:
        """End, and read away what still comes: a connection closed over unread bytes loses its answer."""
        self.end()
        with contextlib.suppress(TimeoutError, Cut):
            async with asyncio.timeout(linger_s):
                while await self.read():
                    continue

    def drop(self) -> None:
        """Close it at once. May be called twice."""
        self._writer.transport.abort()


@contextlib.contextmanager
def _cut_when_gone() -> Iterator[None]:
    try:
        yield
    except (OSError, asyncio.IncompleteReadError):
        raise Cut from None
