"""What a request asks for, in the one spelling that is compared, resolved and connected to."""

from __future__ import annotations

import re

from archon.adapters.sandbox.egress.faults import Refused
from archon.domain.egress import Destination, canonical_host
from archon.domain.errors import InvalidInput

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
"""Deliberately less than a URL allows: no user, no percent signs, no zones, nothing but ASCII."""
_NUMBER = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)")
_HTTP = re.compile(r"[hH][tT][tT][pP]://([^/?]*)(.*)", re.DOTALL)


def of_tunnel(target: str) -> Destination:
    """What `CONNECT` asks for. Raises: Refused."""
    destination = destination_of(target)
    if destination is None:
        raise Refused(target, "It is no plain HOST:PORT; write the host's name, or its address in full.")
    return destination


def of_url(target: str) -> tuple[Destination, str]:
    """Where an absolute http:// URL leads, and the path and query to ask for there. Raises: Refused."""
    url = _HTTP.fullmatch(target)
    if url is None:
        raise Refused(target, "It is no http:// URL; https is reached with CONNECT, and nothing else is.")
    destination = destination_of(url[1], default_port=80)
    if destination is None:
        raise Refused(target, "Its host is not plain; write http://HOST:PORT/ without user or escapes.")
    if "#" in url[2]:
        raise Refused(target, "It has a fragment, which no server may be sent.", status=400)
    return destination, url[2] if url[2].startswith("/") else f"/{url[2]}"


def destination_of(authority: str, *, default_port: int | None = None) -> Destination | None:
    """`HOST:PORT` in its canonical spelling; None when it is not plain, or has no port and needs one."""
    parts = _AUTHORITY.fullmatch(authority)
    port = int(parts[2]) if parts and parts[2] else default_port
    if parts is None or port is None or not 0 < port < 65536:
        return None
    try:
        destination = Destination(canonical_host(parts[1]), port)
    except InvalidInput:
        return None
    # A name that ends in a number is read as an address by some resolvers: 127.1, 0x7f.1, 2130706433.
    is_name = not destination.is_address
    return None if is_name and _NUMBER.fullmatch(destination.host.rpartition(".")[2]) else destination
