"""Just enough HTTP/1.1 to answer well, and to break off at any byte."""

from __future__ import annotations

import asyncio
import socket
import struct
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import chain, repeat
from urllib.parse import urlsplit

from archon.testing.model_requests import Received
from archon.testing.model_script import ServedReply


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """The next request of a connection; None when the client has closed it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, path=urlsplit(target).path, headers=headers, body=body.decode("utf-8"))


async def send(
    reply: ServedReply,
    events: Iterable[bytes],
    stream_type: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    left: asyncio.Event,
) -> bool:
    """Send a reply as far as it goes; whether the connection can take another request."""
    head, writes = (
        _streamed(reply, events, stream_type) if reply.body is None else _at_once(reply, reply.body)
    )
    if reply.hang_after_bytes != -1:
        for write in chain([head], writes):
            writer.write(write)
            await writer.drain()
            await asyncio.sleep(reply.pause_s)
    return await _end(reply, reader, writer, left)


def _streamed(reply: ServedReply, events: Iterable[bytes], stream_type: str) -> tuple[bytes, Iterable[bytes]]:
    """Head and writes of a stream."""
    head = _head(reply, stream_type, "transfer-encoding: chunked")
    forever = repeat(reply.forever.encode()) if reply.forever else ()
    if reply.where == "head":
        return b"".join(_up_to_end(reply, [head])), forever
    parts = _packed(reply, chain(_up_to_end(reply, _spelled(reply, events)), forever))
    return head, (_chunk(reply, part) for part in parts if part)  # an empty chunk would be HTTP's end


def _at_once(reply: ServedReply, text: str) -> tuple[bytes, Iterable[bytes]]:
    """Head and writes of a body that is no stream."""
    body = b"".join(_packed(reply, [text.encode("utf-8", "surrogatepass")]))
    return _head(reply, "application/json", f"content-length: {len(body)}"), _up_to_end(reply, [body])


async def _end(
    reply: ServedReply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: asyncio.Event
) -> bool:
    if reply.hang_after_bytes is not None:
        await _hang(reader, left)
        return False
    if reply.cut_after_bytes is not None and (reply.cut != "clean" or reply.where != "stream"):
        if reply.cut == "reset":
            _reset(writer)
        return False
    if reply.body is None:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _chunk(reply: ServedReply, data: bytes) -> bytes:
    """A chunk of HTTP's own, whole unless chunks are what is cut."""
    announced = len(data) + (reply.where == "chunk")
    return b"%x\r\n" % announced + data + (b"" if reply.where == "chunk" else b"\r\n")


def _head(reply: ServedReply, content_type: str, length: str) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", length]
    packing = {"content-encoding": reply.packing} if reply.packing else {}
    headers = {"content-type": content_type, **packing, **reply.headers}
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Overloaded"


def _spelled(reply: ServedReply, events: Iterable[bytes]) -> list[bytes]:
    """The stream's events as this reply wants them written."""
    parts = list(events) if reply.stream is None else [reply.stream.encode("utf-8", "surrogatepass")]
    parts = parts[:-1] if reply.omits_end_mark else parts
    marks = [BOM_UTF8] if reply.byte_order_mark else []
    trailing = [reply.trailing.encode()] if reply.trailing else []
    return [part.replace(b"\n", reply.line_end.encode()) for part in [*marks, *parts, *trailing]]


def _up_to_end(reply: ServedReply, parts: list[bytes]) -> list[bytes]:
    end = reply.cut_after_bytes if reply.cut_after_bytes is not None else reply.hang_after_bytes
    if end is None and not reply.write_bytes:
        return parts
    whole = b"".join(parts) if end is None else b"".join(parts)[:end]
    size = reply.write_bytes or max(1, len(whole))
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _packed(reply: ServedReply, parts: Iterable[bytes]) -> Iterator[bytes]:
    """Each part packed so that it can be unpacked when it arrives."""
    if not reply.packing:
        yield from parts
        return
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | (16 if reply.packing == "gzip" else 0))
    for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


async def _hang(reader: asyncio.StreamReader, left: asyncio.Event) -> None:
    """Say nothing until the client goes away."""
    try:
        await reader.read()
    finally:
        left.set()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Make the close that follows a reset."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
