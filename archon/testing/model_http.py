"""Just enough HTTP/1.1 to answer well, and to break off at any byte."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable
from http import HTTPStatus

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
    return Received(method=method, path=target.partition("?")[0], headers=headers, body=body.decode("utf-8"))


async def send(
    reply: ServedReply,
    events: Iterable[bytes],
    stream_type: str,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    left: asyncio.Event,
) -> bool:
    """Send a reply as far as it goes; whether the connection can take another request."""
    if reply.hang_after_bytes == -1:
        await _hang(reader, left)
        return False
    if reply.body is not None:
        body = reply.body.encode("utf-8", "surrogatepass")
        writer.write(_head(reply, "application/json", f"content-length: {len(body)}") + body)
        await writer.drain()
        return True
    writer.write(_head(reply, stream_type, "transfer-encoding: chunked"))
    for write in _writes(reply, events):
        writer.write(b"%x\r\n%s\r\n" % (len(write), write))
        await writer.drain()
    if reply.hang_after_bytes is not None:
        await _hang(reader, left)
        return False
    if reply.cut_after_bytes is not None and reply.cut != "clean":
        if reply.cut == "reset":
            _reset(writer)
        return False
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _head(reply: ServedReply, content_type: str, length: str) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", length]
    headers = {"content-type": content_type, **reply.headers}
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Overloaded"


def _writes(reply: ServedReply, events: Iterable[bytes]) -> Iterable[bytes]:
    """The stream in the pieces in which it is to arrive, up to where it ends too soon."""
    parts = [reply.stream.encode("utf-8", "surrogatepass")] if reply.stream is not None else list(events)
    whole = b"".join(parts)
    end = reply.cut_after_bytes if reply.cut_after_bytes is not None else reply.hang_after_bytes
    if end is None and not reply.write_bytes:
        return parts
    whole = whole if end is None else whole[:end]
    size = reply.write_bytes or max(1, len(whole))
    return [whole[start : start + size] for start in range(0, len(whole), size)]


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
