"""Servers of the host that tell the token to whoever asks, and letter boxes that should stay empty."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_GROUP = "239.255.77.77"


@contextmanager
def tellers(token: str, home: Path) -> Iterator[dict[str, object]]:
    """Servers on every kind of address that this machine has; yields their addresses by name."""
    with ExitStack() as made:
        folder = Path(made.enter_context(tempfile.TemporaryDirectory(prefix="archon-canary-")))
        folder.chmod(0o755)
        x11 = f"\0{folder}/.X11-unix/X0"
        (home / ".docker" / "run").mkdir(parents=True)
        run = os.open(home / ".docker" / "run", os.O_PATH)  # a name of any length, made short
        made.callback(os.close, run)
        places: dict[str, tuple[int, int, object]] = {
            "PORT": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "PORT_ELSEWHERE": (socket.AF_INET, socket.SOCK_STREAM, ("127.9.9.9", 0)),
            "PORT_UDP": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "ABSTRACT": (socket.AF_UNIX, socket.SOCK_STREAM, f"\0archon-{token[:8]}"),
            "X11": (socket.AF_UNIX, socket.SOCK_STREAM, x11),
            "SOCKET_IN_TMP": (socket.AF_UNIX, socket.SOCK_STREAM, f"{folder}/socket"),
            "SOCKET": (socket.AF_UNIX, socket.SOCK_STREAM, f"/proc/self/fd/{run}/docker.sock"),
        }
        if has_ipv6():
            places["PORT_V6"] = (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
        servers = {name: made.enter_context(_bound(*place)) for name, place in places.items()}
        made.enter_context(_answering(list(servers.values()), token))
        known = {name: _name(server) for name, server in servers.items()}
        yield known | {"SOCKET": str(home / ".docker/run/docker.sock")}


def has_ipv6() -> bool:
    addresses = Path("/proc/net/if_inet6")
    return addresses.exists() and " lo\n" in addresses.read_text()


def _name(server: socket.socket) -> object:
    name = server.getsockname()
    if isinstance(name, tuple):
        return name[1]
    return name if isinstance(name, str) else name.decode()


@contextmanager
def _bound(family: int, kind: int, address: object) -> Iterator[socket.socket]:
    with socket.socket(family, kind) as server:
        server.bind(address)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            server.listen()
        if isinstance(address, str) and not address.startswith("\0"):
            Path(address).chmod(0o777)
        yield server


@contextmanager
def _answering(servers: list[socket.socket], token: str) -> Iterator[None]:
    """One thread that answers on all of them until it is told to end."""
    stop, told = os.pipe()
    with selectors.DefaultSelector() as selector:
        for server in servers:
            server.setblocking(False)
            selector.register(server, selectors.EVENT_READ)
        selector.register(stop, selectors.EVENT_READ)
        thread = threading.Thread(target=_serve, args=(selector, stop, token.encode()))
        thread.start()
        try:
            yield
        finally:
            os.close(told)
            thread.join()
            os.close(stop)


def _serve(selector: selectors.BaseSelector, stop: int, answer: bytes) -> None:
    while True:
        for key, _ in selector.select():
            if key.fd == stop:
                return
            assert isinstance(key.fileobj, socket.socket)
            with contextlib.suppress(OSError):
                _answer(key.fileobj, answer)


def _answer(server: socket.socket, answer: bytes) -> None:
    if server.type == socket.SOCK_DGRAM:
        server.sendto(answer, server.recvfrom(99)[1])
    else:
        with server.accept()[0] as connection:
            connection.sendall(answer)


@dataclass
class Mail:
    """Letter boxes on the loopback device of the host."""

    boxes: tuple[socket.socket, socket.socket]
    _seen: list[bytes] = field(default_factory=list)

    @property
    def multicast(self) -> tuple[str, int]:
        return _GROUP, self.boxes[0].getsockname()[1]

    @property
    def broadcast(self) -> tuple[str, int]:
        return "127.255.255.255", self.boxes[1].getsockname()[1]

    def arrived(self) -> list[bytes]:
        for box in self.boxes:
            with contextlib.suppress(BlockingIOError):
                self._seen.append(box.recv(99))
        return list(self._seen)


@contextmanager
def mail() -> Iterator[Mail]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        membership = struct.pack("4s4s", socket.inet_aton(_GROUP), socket.inet_aton("127.0.0.1"))
        one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        one.bind((_GROUP, 0))
        two.bind(("127.255.255.255", 0))
        for box in (one, two):
            box.setblocking(False)
        yield Mail((one, two))
