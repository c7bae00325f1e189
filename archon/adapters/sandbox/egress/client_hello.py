"""Reads which server a TLS client says it wants, without taking part in the handshake."""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 1 << 16
_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 22, 1, 0, 0
_RECORD_BYTES = 1 << 14


class Unreadable(ValueError):
    """It begins as TLS and goes on as something else, or says a thing twice."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a client's first bytes are."""

    is_tls: bool
    server_name: str | None = None
    """As the client wrote it: latin-1, so that every byte is a character."""


class Hello:
    """Gathers a ClientHello out of the pieces and records that it is spread over, each byte looked at once.

    Source: RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        """All that was fed."""
        self._place = 0
        self._left_in_record = 0
        self._message = bytearray()

    def feed(self, piece: bytes) -> Greeting | None:
        """What these first bytes are; None while more of them are needed. Raises: Unreadable."""
        self.data += piece
        if not self.data.startswith(b"\x16\x03"[: len(self.data)]):
            return Greeting(is_tls=False)
        while self._message_bytes is None and self._gather():
            pass
        if self._message_bytes is not None:
            return Greeting(is_tls=True, server_name=_server_name(_Bytes(self._message_bytes)))
        if len(self.data) > MOST_BYTES:
            raise Unreadable("it is too long")
        return None

    @property
    def _message_bytes(self) -> bytes | None:
        """The body of the ClientHello, when all of it is there. Raises: Unreadable."""
        if self._message and self._message[0] != _CLIENT_HELLO:
            raise Unreadable("it does not begin with a ClientHello")
        end = 4 + int.from_bytes(self._message[1:4], "big")
        if end > MOST_BYTES:
            raise Unreadable("it is too long")
        return bytes(self._message[4:end]) if 4 <= end <= len(self._message) else None

    def _gather(self) -> bool:
        """Go on by one record's header or its content; False when that is not there yet."""
        if self._left_in_record == 0:
            return self._enter_record()
        content = self.data[self._place : self._place + self._left_in_record]
        self._message += content
        self._place += len(content)
        self._left_in_record -= len(content)
        return bool(content)

    def _enter_record(self) -> bool:
        header = self.data[self._place : self._place + 5]
        if len(header) < 5:
            return False
        size = int.from_bytes(header[3:], "big")
        if header[0] != _HANDSHAKE or header[1] != 3 or not 0 < size <= _RECORD_BYTES:
            raise Unreadable("a record is no part of a handshake")
        self._place += 5
        self._left_in_record = size
        return True


class _Bytes:
    """Takes numbers and vectors off the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def take(self, count: int) -> bytes:
        if len(self._data) < count:
            raise Unreadable("it ends too early")
        taken, self._data = self._data[:count], self._data[count:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> _Bytes:
        """Bytes with their count before them, a number of `size` bytes."""
        return _Bytes(self.take(self.number(size)))


def _server_name(hello: _Bytes) -> str | None:
    hello.take(2 + 32)  # version and random
    hello.vector(1)  # session
    hello.vector(2)  # cipher suites
    hello.vector(1)  # compression methods
    extensions = hello.vector(2) if hello else _Bytes(b"")
    names: list[bytes] = []
    while extensions:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME:
            names.append(_host_name(content))
    if hello or len(names) > 1:
        raise Unreadable("it says more than it may")
    return names[0].decode("latin-1") if names else None


def _host_name(extension: _Bytes) -> bytes:
    entries = extension.vector(2)
    kind, name = entries.number(1), entries.vector(2)
    if kind != _HOST_NAME or not name or entries or extension:
        raise Unreadable("it does not name one server")
    return name.take(len(name))
