"""The bytes of a body that a gateway has packed although nobody asked it to, never many at once."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

from archon.adapters.model.reading import broken

if TYPE_CHECKING:
    from archon.adapters.model.lean_httpx import httpx

PIECE_BYTES = 64 * 1024
"""What is unpacked at a time: a kilobyte of a bomb holds a megabyte."""
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


async def unpacked(answer: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body as it arrives. Raises: ModelReplyBroken when it cannot be unpacked; httpx.HTTPError."""
    packing = answer.headers.get("content-encoding", "").strip().lower()
    if packing in {"", "identity"}:
        async for chunk in answer.aiter_raw():
            yield chunk
        return
    if packing not in {"gzip", "x-gzip", "deflate"}:
        raise broken(f"it is packed as {packing[:20]!r}, which nobody asked for")
    unpack = _Unpacker()
    async for chunk in answer.aiter_raw():
        for piece in unpack.pieces(chunk):
            yield piece


class _Unpacker:
    """Unpacks one packet after the other: a gateway may end one and begin the next where it likes."""

    def __init__(self) -> None:
        self._packet = zlib.decompressobj(GZIP_OR_ZLIB)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What these bytes hold, at most `PIECE_BYTES` at a time. Raises: ModelReplyBroken."""
        is_more = True
        while is_more:
            if self._packet.eof:
                self._packet = zlib.decompressobj(GZIP_OR_ZLIB)
            try:
                piece = self._packet.decompress(data, PIECE_BYTES)
            except zlib.error:
                raise broken("it cannot be unpacked") from None
            if piece:
                yield piece
            data = self._packet.unused_data or self._packet.unconsumed_tail
            is_more = bool(data) or len(piece) == PIECE_BYTES
