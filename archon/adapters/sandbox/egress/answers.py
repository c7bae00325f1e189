"""What the proxy says itself, and what it makes of a server's answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archon.adapters.sandbox.egress import fields
from archon.adapters.sandbox.egress.faults import Refused, shown
from archon.adapters.sandbox.egress.fields import Ambiguous, Framing
from archon.domain.egress import Destination

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
UNRECOGNIZED_NAME = bytes((21, 3, 1, 0, 2, 2, 112))
"""A fatal TLS alert, which a client in its handshake understands. Source: RFC 6066, section 3."""

_LISTED = 50
_STATUS = re.compile(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: (.*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The header of a server's answer."""

    status: int
    head: bytes
    """To be passed on, with everything that the hop to the server alone was told taken out."""
    framing: Framing

    @property
    def is_interim(self) -> bool:
        return self.status < 200

    def has_body(self, method: str) -> bool:
        return method != "HEAD" and self.status not in {204, 304} and not self.is_interim


def parse(head: bytes) -> Answer:
    """A server's header up to its empty line. Raises: Ambiguous."""
    first, *rest = fields.lines_of(head)
    status = _STATUS.fullmatch(first)
    if status is None or status[1] == "101":
        raise Ambiguous("its first line is no answer of HTTP/1.1 to what was asked")
    headers = fields.parse(rest)
    framing = fields.framing(headers)
    kept = fields.written(fields.end_to_end(headers))
    close = "" if status[1].startswith("1") else f"{framing.line}Connection: close\r\n"
    return Answer(
        status=int(status[1]), head=f"{first}\r\n{kept}{close}\r\n".encode("latin-1"), framing=framing
    )


def refusal(fault: Refused, allowed: Iterable[Destination]) -> bytes:
    """Says what was tried, why not, and what is allowed: in short in the first line, which is often all
    that a client shows of an answer to CONNECT."""
    listed = [str(each) for each in sorted(allowed)]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    text = (
        f"The sandbox's proxy refused: {fault.target}\n{fault.reason}\n"
        f"Allowed: {', '.join(listed[:_LISTED]) or 'nothing'}{more}\n"
    )
    return own(fault.status, f"Refused by the sandbox: {fault.reason}", text)


def unreachable(reason: str) -> bytes:
    return own(502, "Bad Gateway", f"It is allowed, but: {reason}\n")


def too_slow() -> bytes:
    return own(408, "Request Timeout", "The request's header did not arrive in time.\n")


def own(status: int, phrase: str, text: str) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status} {shown(phrase)}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
