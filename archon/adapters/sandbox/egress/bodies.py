"""Passes a message's body on, byte for byte, and never anything that comes after it."""

from __future__ import annotations

import re
from collections.abc import Callable

from archon.adapters.sandbox.egress.faults import Cut
from archon.adapters.sandbox.egress.fields import Ambiguous, Framing
from archon.adapters.sandbox.egress.link import PIECE_BYTES, Link

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")


class Body:
    """One body on its way from one link to another."""

    def __init__(self, source: Link, sink: Link, moved: Callable[[], None]) -> None:
        self._source = source
        self._sink = sink
        self._moved = moved

    async def framed(self, framing: Framing) -> None:
        """A body whose end its header told; none without such. Raises: Cut; Ambiguous; OSError."""
        if framing.is_chunked:
            await self._chunks()
        else:
            await self._count(framing.length or 0)

    async def to_the_end(self) -> None:
        """All that comes until the source ends. Raises: Cut when it is gone before; OSError."""
        while piece := await self._source.read():
            await self._pass(piece)

    async def _count(self, left: int) -> None:
        while left:
            piece = await self._piece(left)
            await self._pass(piece)
            left -= len(piece)

    async def _chunks(self) -> None:
        """In chunks cut anew; extensions and trailers, which nobody needs, are left out."""
        while size := await self._chunk_size():
            while size:
                piece = await self._piece(size)
                await self._pass(b"%x\r\n%b\r\n" % (len(piece), piece))
                size -= len(piece)
            if await self._source.exactly(2) != b"\r\n":
                raise Ambiguous("a chunk is not as long as it says")
        while await self._line() != b"\r\n":
            self._moved()
        await self._pass(b"0\r\n\r\n")

    async def _chunk_size(self) -> int:
        line = _CHUNK.fullmatch(await self._line())
        if line is None:
            raise Ambiguous("a chunk does not say how long it is")
        return int(line[1], 16)

    async def _line(self) -> bytes:
        try:
            return await self._source.until(b"\r\n")
        except ValueError:
            raise Ambiguous("a line of its chunked body is too long") from None

    async def _piece(self, most: int) -> bytes:
        piece = await self._source.read(min(most, PIECE_BYTES))
        if not piece:
            raise Cut
        return piece

    async def _pass(self, data: bytes) -> None:
        await self._sink.send(data)
        self._moved()
