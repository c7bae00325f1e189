"""The bytes of a body that a gateway has packed although nobody asked it to, never many at once."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

from archon.adapters.model.reading import broken

if TYPE_CHECKING:
    import httpx

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
    unpacker = zlib.decompressobj(GZIP_OR_ZLIB)
    async for chunk in answer.aiter_raw():
        for piece in _pieces(unpacker, chunk):
            yield piece


def _pieces(unpacker: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    is_more = True
    while is_more and not unpacker.eof:
        try:
            piece = unpacker.decompress(data, PIECE_BYTES)
        except zlib.error:
            raise broken("it cannot be unpacked") from None
        if piece:
            yield piece
        data = unpacker.unconsumed_tail
        is_more = bool(data) or len(piece) == PIECE_BYTES
