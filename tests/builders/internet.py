"""A small internet on loopback: names that resolve, and servers behind addresses, for one event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from archon.adapters.sandbox.egress.addresses import IPAddress
from archon.adapters.sandbox.egress.link import HEAD_BYTES, Streams
from archon.domain.egress import Destination

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nreached"


class Server:
    """Keeps all that it hears. Reads an HTTP header and answers, unless told to behave otherwise."""

    def __init__(self, answer: bytes = OK, behave: Behaviour | None = None) -> None:
        self.heard = bytearray()
        self.connections = 0
        self.met = asyncio.Event()
        """Set when somebody has connected."""
        self.left = asyncio.Event()
        """Set when a connection has ended."""
        self._answer = answer
        self._behave = behave or self._http
        self._server: asyncio.Server | None = None

    async def start(self, context: ssl.SSLContext | None = None) -> int:
        """Listen on loopback and return the port."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=context)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def read(self, reader: asyncio.StreamReader, most: int = 1 << 16) -> bytes:
        """Read and keep; empty at the end, or when the other side is gone."""
        try:
            data = await reader.read(most)
        except ConnectionError:
            return b""
        self.heard += data
        return data

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.met.set()
        try:
            await self._behave(reader, writer)
        except ConnectionError:
            self.heard += b"<gone>"
        finally:
            writer.close()
            self.left.set()

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"\r\n\r\n" not in self.heard and await self.read(reader):
            continue
        if self.heard:
            writer.write(self._answer)
            await writer.drain()


class Internet:
    """`resolve` and `connect` are given to a proxy instead of the system's own."""

    def __init__(self) -> None:
        self.connected: list[str] = []
        """Where connections went, as ADDRESS:PORT."""
        self.resolved: list[str] = []
        self.silent: set[str] = set()
        """Names that nobody resolves, and addresses that nobody answers at: one waits for ever."""
        self._answers: dict[str, list[tuple[IPAddress, ...]]] = {}
        self._ports: dict[tuple[IPAddress, int], int] = {}
        self._servers: list[Server] = []

    def name(self, host: str, *answers: Sequence[str]) -> None:
        """Have a name resolve to these addresses: the first answer, then the second; the last one stays."""
        self._answers[host] = [tuple(ip_address(each) for each in answer) for answer in answers]

    async def place(
        self, address: str, port: int, server: Server, context: ssl.SSLContext | None = None
    ) -> Server:
        self._ports[ip_address(address), port] = await server.start(context)
        self._servers.append(server)
        return server

    async def resolve(self, destination: Destination) -> Sequence[IPAddress]:
        self.resolved.append(destination.host)
        await self._unless_silent(destination.host)
        answers = self._answers.get(destination.host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def connect(self, address: IPAddress, port: int) -> Streams:
        self.connected.append(str(Destination(str(address), port)))
        await self._unless_silent(str(address))
        if (address, port) not in self._ports:
            raise ConnectionRefusedError(111, "Connection refused")
        return await asyncio.open_connection("127.0.0.1", self._ports[address, port], limit=HEAD_BYTES)

    async def _unless_silent(self, who: str) -> None:
        if who in self.silent:
            await asyncio.Event().wait()

    def close(self) -> None:
        for server in self._servers:
            server.stop()


class Client:
    """Somebody inside a sandbox who writes to the proxy byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def of(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def tunnel(self, destination: str) -> bytes:
        """Ask for a tunnel and return the header of the answer."""
        await self.say(f"CONNECT {destination} HTTP/1.1\r\nHost: {destination}\r\n\r\n".encode())
        return await self.reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """All that comes until the end, or until the connection is broken."""
        data = b""
        try:
            while piece := await self.reader.read(1 << 16):
                data += piece
        except ConnectionError:
            return data
        return data

    async def close(self) -> None:
        self.writer.close()

    def vanish(self) -> None:
        """Be killed: the connection is reset, and nothing more is said."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


async def said(port: int, data: bytes) -> bytes:
    """What the proxy answers to these bytes, up to its end of the connection."""
    client = await Client.of(port)
    await client.say(data)
    answer = await client.rest()
    await client.close()
    return answer
