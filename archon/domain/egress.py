"""What a sandbox may reach on the network, and what it was refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archon.domain.errors import InvalidInput

if TYPE_CHECKING:
    import ipaddress

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """One port of one host: a name in its canonical spelling, or an IP address that was meant literally."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_address(self) -> bool:
        return _address(self.host) is not None

    @classmethod
    def parse(cls, text: str) -> Destination:
        """From `HOST:PORT`. Raises: InvalidInput with what to write."""
        host, colon, port = text.strip().rpartition(":")
        if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
            raise _unclear(text)
        return cls(canonical_host(host), int(port))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something a program tried to reach and did not."""

    target: str
    """What it asked for, as it wrote it: not to be trusted, and to be shown with care."""
    reason: str
    """One sentence, with what a person can do where there is something."""


def canonical_host(host: str) -> str:
    """A host's name in lower case and ASCII without its last dot, or an address in its shortest form.

    Raises: InvalidInput for what is neither.
    """
    bare = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    address = _address(bare)
    if address is not None:
        return str(address)
    try:
        name = bare.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise _unclear(host) from None
    if not _NAME.fullmatch(name) or len(name) > 253 or re.fullmatch(r"[0-9.x]+", name):
        raise _unclear(host)
    return name


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    import ipaddress  # when it is needed: settings are read by every command

    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _unclear(text: str) -> InvalidInput:
    return InvalidInput(
        f"{text[:200]!r} is no destination.", hint="Write HOST:PORT, such as pypi.org:443 or [::1]:8000."
    )
