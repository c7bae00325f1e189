"""A request is understood in one way by everybody, or refused."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.sandbox.egress.faults import Refused
from archon.adapters.sandbox.egress.fields import Framing
from archon.adapters.sandbox.egress.requests import Request, parse, upstream_head
from archon.domain.egress import Destination

HOST = b"Host: a.example\r\n"
A = Destination("a.example", 80)


def get(*lines: bytes, first: bytes = b"GET http://a.example/x HTTP/1.1") -> bytes:
    return b"\r\n".join((first, b"Host: a.example", *lines)) + b"\r\n\r\n"


def test_a_request_is_taken_apart() -> None:
    request = parse(get(b"X-Y:  a b\t", b"content-length: 5", first=b"POST http://a.example/x HTTP/1.1"))
    assert (request.method, request.target, request.minor) == ("POST", "http://a.example/x", 1)
    assert request.headers[1] == ("X-Y", "a b")
    assert request.framing == Framing(length=5)


def test_upstream_gets_the_path_and_nothing_that_was_for_the_proxy() -> None:
    head = get(
        b"Accept: */*",
        b"Proxy-Authorization: Basic c2VjcmV0",
        b"Proxy-Connection: keep-alive",
        b"Connection: keep-alive, X-Secret, Host, Content-Length",
        b"X-Secret: hop",
        b"Keep-Alive: timeout=5",
        b"Upgrade: websocket",
        b"TE: trailers",
        b"Trailer: X",
        b"Content-Length: 3",
    )
    assert upstream_head(parse(head), A, "/x") == (
        b"GET /x HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    )


def test_other_ports_and_ipv6_are_named_in_the_host_header() -> None:
    request = parse(b"GET http://[::80]/ HTTP/1.0\r\n\r\n")
    assert upstream_head(request, Destination("::80", 8080), "/").startswith(
        b"GET / HTTP/1.0\r\nHost: [::80]:8080\r\n"
    )
    assert b"Host: [::80]\r\n" in upstream_head(request, Destination("::80", 80), "/")


@pytest.mark.parametrize(
    "host", [b"b.example", b"a.example:81", b"", b"a.example@b.example", b"a.example, b"]
)
def test_a_host_header_that_says_something_else_is_refused(host: bytes) -> None:
    request = parse(b"GET http://a.example/ HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    with pytest.raises(Refused, match="Host header"):
        upstream_head(request, A, "/")


SMUGGLED = {
    "both framings": get(b"Content-Length: 3", b"Transfer-Encoding: chunked"),
    "two lengths": get(b"Content-Length: 3", b"Content-Length: 4"),
    "the same length twice": get(b"Content-Length: 3", b"Content-Length: 3"),
    "a list of lengths": get(b"Content-Length: 3, 3"),
    "a signed length": get(b"Content-Length: +3"),
    "a hexadecimal length": get(b"Content-Length: 0x3"),
    "a length with a gap": get(b"Content-Length: 3 3"),
    "no length": get(b"Content-Length:"),
    "other digits": get("Content-Length: \u00b3".encode("latin-1")),
    "two encodings": get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
    "a list of encodings": get(b"Transfer-Encoding: gzip, chunked"),
    "a quoted encoding": get(b'Transfer-Encoding: "chunked"'),
    "an unknown encoding": get(b"Transfer-Encoding: xchunked"),
    "an encoding after a control": get(b"Transfer-Encoding: \x0bchunked"),
    "a blank before the colon": get(b"Transfer-Encoding : chunked"),
    "a tab before the colon": get(b"Content-Length\t: 3"),
    "a folded line": get(b"X: a", b" Transfer-Encoding: chunked"),
    "a folded line by tab": get(b"X: a", b"\tb"),
    "a folded first line": get(first=b"GET http://a.example/ HTTP/1.1\r\n X: y"),
    "a bare CR": get(b"X: a\rTransfer-Encoding: chunked"),
    "a bare LF": get(b"X: a\nTransfer-Encoding: chunked"),
    "a NUL": get(b"X: a\0b"),
    "a line without colon": get(b"chunked"),
    "a line without name": get(b": chunked"),
    "a name with a blank": get(b"Content Length: 3"),
    "a name outside of ASCII": get(b"Content-Length\xc2\xa0: 3"),
    "two hosts": get(b"Host: b.example"),
    "no host": b"GET http://a.example/ HTTP/1.1\r\n\r\n",
    "HTTP/1.0 in chunks": get(b"Transfer-Encoding: chunked", first=b"POST http://a.example/ HTTP/1.0"),
    "a tunnel with a body": get(b"Content-Length: 3", first=b"CONNECT a.example:443 HTTP/1.1"),
    "a tunnel in chunks": get(b"Transfer-Encoding: chunked", first=b"CONNECT a.example:443 HTTP/1.1"),
    "HTTP/0.9": get(first=b"GET http://a.example/"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\n",
    "HTTP/1.2": get(first=b"GET http://a.example/ HTTP/1.2"),
    "a small http": get(first=b"GET http://a.example/ http/1.1"),
    "two blanks": get(first=b"GET  http://a.example/ HTTP/1.1"),
    "a tab for a blank": get(first=b"GET\thttp://a.example/\tHTTP/1.1"),
    "a blank in the target": get(first=b"GET http://a.example/ b HTTP/1.1"),
    "a NUL in the target": get(first=b"GET http://a.example\0.b/ HTTP/1.1"),
    "a byte above ASCII in the target": get(first="GET http://\uff41.example/ HTTP/1.1".encode()),
    "an escape in the method": get(first=b"G\x1b[31mET http://a.example/ HTTP/1.1"),
    "nothing": b"\r\n\r\n",
}


@pytest.mark.parametrize("head", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_what_two_readers_could_understand_differently_is_refused(head: bytes) -> None:
    with pytest.raises(Refused, match="malformed") as refused:
        parse(head)
    assert refused.value.status == 400
    assert re.fullmatch(r"[ -~]{0,200}", refused.value.target)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda junk: get(b"X: " + junk)))
def test_any_bytes_are_a_request_or_refused(head: bytes) -> None:
    try:
        request = parse(head)
    except Refused as refused:
        assert re.fullmatch(r"[ -~]{0,200}", refused.target) and re.fullmatch(r"[ -~]{1,200}", refused.reason)
    else:
        assert re.fullmatch(r"[!-~]+", request.target)


@given(
    st.lists(
        st.tuples(st.from_regex(r"X-[A-Za-z]{1,8}", fullmatch=True), st.text("ab \t:;,\xe9", max_size=9))
    )
)
def test_what_goes_upstream_reads_as_what_came_in(extra: list[tuple[str, str]]) -> None:
    request = Request(
        method="POST",
        target="http://a.example/",
        minor=1,
        headers=(("Host", "a.example"), *((name, value.strip(" \t")) for name, value in extra)),
        framing=Framing(is_chunked=True),
    )
    again = parse(upstream_head(request, A, "/p"))
    assert again.headers[:-2] == request.headers
    assert again.headers[-2:] == (("Transfer-Encoding", "chunked"), ("Connection", "close"))
    assert (again.target, again.framing) == ("/p", request.framing)


@pytest.mark.parametrize(
    "line", [b"X:" + b" " * 60_000 + b"\0", b"X" * 60_000, b"X: " + b"a \t" * 20_000 + b"\x7f"]
)
def test_long_headers_take_no_long_time(line: bytes) -> None:
    started = time.process_time()
    with pytest.raises(Refused):
        parse(get(line))
    assert time.process_time() - started < 1
