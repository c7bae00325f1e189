"""Reads the header of a request to the proxy, and writes the one that goes upstream."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.adapters.sandbox.egress import fields
from archon.adapters.sandbox.egress.faults import Refused
from archon.adapters.sandbox.egress.fields import Ambiguous, Fields, Framing
from archon.adapters.sandbox.egress.targets import destination_of
from archon.domain.egress import Destination

_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([\x21-\x7e]+) HTTP/1\.([01])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    target: str
    """As it was written: ASCII without blanks and controls."""
    minor: int
    """Of HTTP/1.0 or HTTP/1.1."""
    headers: Fields
    framing: Framing

    @property
    def is_tunnel(self) -> bool:
        return self.method == "CONNECT"


def parse(head: bytes) -> Request:
    """A header up to its empty line. Raises: Refused, with status 400, for what can be read in two ways."""
    try:
        return _parsed(head)
    except Ambiguous as fault:
        first = head.split(b"\r\n", 1)[0].decode("latin-1")
        raise Refused(first, f"The request is malformed: {fault}.", status=400) from None


def upstream_head(request: Request, destination: Destination, path: str) -> bytes:
    """The header for the server itself: the path alone, one connection for one request. Raises: Refused."""
    hosts = fields.values(request.headers, "host")
    if any(destination_of(host, default_port=80) != destination for host in hosts):
        raise Refused(request.target, "Its Host header names another host than its URL.", status=400)
    kept = tuple(each for each in fields.end_to_end(request.headers) if each[0].lower() != "host")
    host = str(destination).removesuffix(":80")
    head = (
        f"{request.method} {path} HTTP/1.{request.minor}\r\n"
        f"Host: {host}\r\n{fields.written(kept)}{request.framing.line}Connection: close\r\n\r\n"
    )
    return head.encode("latin-1")


def _parsed(head: bytes) -> Request:
    first, *rest = fields.lines_of(head)
    line = _LINE.fullmatch(first)
    if line is None:
        raise Ambiguous("its first line is no METHOD TARGET HTTP/1.1")
    headers = fields.parse(rest)
    minor, framing = int(line[3]), fields.framing(headers)
    hosts = len(fields.values(headers, "host"))
    if hosts > 1 or (hosts == 0 and minor == 1 and line[1] != "CONNECT"):
        raise Ambiguous("it must have one Host header")
    if framing.is_chunked and minor == 0:
        raise Ambiguous("HTTP/1.0 knows no Transfer-Encoding")
    if line[1] == "CONNECT" and (framing.is_chunked or framing.length):
        raise Ambiguous("CONNECT has no body")
    return Request(method=line[1], target=line[2], minor=minor, headers=headers, framing=framing)
