"""A real HTTP proxy on loopback: tunnels and plain requests, to where a test says that a name leads."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit


@dataclass
class ForwardProxy:
    """Use it with `async with`; `url` is what HTTP_PROXY and HTTPS_PROXY should say."""

    leads_to: dict[str, int] = field(default_factory=dict)
    """Host name → the port on this machine that stands for it."""
    refuses: int = 0
    """The status that every request is answered with instead."""
    asked: list[str] = field(default_factory=list)
    """The first lines of the requests."""
    url: str = ""
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> ForwardProxy:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(asyncio.create_task(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            first = head.split(b"\r\n")[0].decode()
            self.asked.append(first)
            method, target, _ = first.split(" ")
            if self.refuses:
                writer.write(f"HTTP/1.1 {self.refuses} No\r\ncontent-length: 0\r\n\r\n".encode())
                return
            host = target.partition(":")[0] if method == "CONNECT" else urlsplit(target).hostname or ""
            there, onward = await asyncio.open_connection("127.0.0.1", self.leads_to[host])
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                onward.write(head)
            await asyncio.gather(_carry(reader, onward), _carry(there, writer))
        finally:
            writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one side to the other, until one of them ends."""
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
