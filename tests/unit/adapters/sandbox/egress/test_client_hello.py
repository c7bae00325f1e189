"""The server's name in what real TLS clients say first, however it is cut up."""

from __future__ import annotations

import ssl
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archon.adapters.sandbox.egress.client_hello import MOST_BYTES, Greeting, Hello, Unreadable


def greeting_of(server_name: str | None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """What the TLS client of Python says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.maximum_version = newest
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=server_name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def record(content: bytes, kind: int = 22) -> bytes:
    return bytes((kind, 3, 1)) + len(content).to_bytes(2, "big") + content


def vector(content: bytes, size: int = 2) -> bytes:
    return len(content).to_bytes(size, "big") + content


def server_name(*entries: tuple[int, bytes]) -> bytes:
    names = b"".join(bytes((kind,)) + vector(name) for kind, name in entries)
    return b"\0\0" + vector(vector(names))


def hello(extensions: bytes | None, *, after: bytes = b"") -> bytes:
    """A ClientHello of our own making, in one record."""
    body = b"\3\3" + bytes(32) + vector(b"", 1) + vector(b"\x13\x01") + vector(b"\0", 1)
    body += b"" if extensions is None else vector(extensions)
    return record(b"\1" + vector(body + after, 3))


def fed(*pieces: bytes) -> Greeting | None:
    reader = Hello()
    found = None
    for piece in pieces:
        assert found is None
        found = reader.feed(piece)
    assert bytes(reader.data) == b"".join(pieces)
    return found


REAL = greeting_of("allowed.example")


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_real_client_names_its_server(newest: ssl.TLSVersion) -> None:
    assert fed(greeting_of("Allowed.example", newest)) == Greeting(is_tls=True, server_name="Allowed.example")
    assert fed(greeting_of(None, newest)) == Greeting(is_tls=True)
    assert fed(hello(None)) == Greeting(is_tls=True)


@given(st.sets(st.integers(1, len(REAL) - 1)), st.sets(st.integers(1, len(REAL) - 6)))
def test_cutting_it_into_segments_and_records_hides_nothing(segments: set[int], records: set[int]) -> None:
    message = REAL[5:]
    places = [0, *sorted(records), len(message)]
    data = b"".join(record(message[start:end]) for start, end in pairwise(places) if start < end)
    cuts = [0, *sorted(segments), len(data)]
    assert fed(*(data[start:end] for start, end in pairwise(cuts))) == Greeting(
        is_tls=True, server_name="allowed.example"
    )


@given(st.integers(0, len(REAL) - 1))
def test_a_part_of_it_is_not_enough(length: int) -> None:
    assert fed(REAL[:length]) is None


@given(st.binary(min_size=1, max_size=100))
def test_any_name_comes_back(name: bytes) -> None:
    found = fed(hello(b"\0\x17\0\0" + server_name((0, name)) + b"\xff\xff\0\1x"))
    assert found == Greeting(is_tls=True, server_name=name.decode("latin-1"))


def test_what_follows_it_is_left_alone() -> None:
    assert fed(REAL + record(b"\1", kind=20) + record(b"early", kind=23)) is not None


@pytest.mark.parametrize(
    "words", [b"GET / HTTP/1.1\r\n", b"SSH-2.0-x\r\n", b"\0", b"\x16\x02\0", b"\x80\x2e\1"]
)
def test_other_protocols_are_no_tls(words: bytes) -> None:
    assert fed(words) == Greeting(is_tls=False)


ALLOWED, EVIL = (0, b"allowed.example"), (0, b"evil.example")
ODD = {
    "two names": hello(server_name(ALLOWED, EVIL)),
    "two extensions": hello(server_name(ALLOWED) + server_name(EVIL)),
    "another kind of name": hello(server_name((1, b"evil.example"))),
    "an empty name": hello(server_name((0, b""))),
    "an empty list": hello(b"\0\0" + vector(vector(b""))),
    "an empty extension": hello(b"\0\0\0\0"),
    "more behind the list": hello(b"\0\0" + vector(vector(b"\0" + vector(b"a")) + b"x")),
    "a list longer than its extension": hello(b"\0\0\0\4\0\x09\0\0"),
    "more behind the extensions": hello(server_name(ALLOWED), after=b"x"),
    "an extension that ends early": hello(b"\0\0\0"),
    "no room for anything": record(b"\1\0\0\0"),
    "another message": record(b"\2" + vector(b"x", 3)),
    "another record within": record(REAL[5:50]) + record(b"\1\0", kind=21),
    "an empty record": record(b"") + REAL,
    "a record that is too long": b"\x16\3\1\x40\1",
    "a message that is too long": record(b"\1\1\0\1"),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_what_a_server_could_read_in_another_way_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        fed(data)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda junk: record(b"\1" + vector(junk, 3))))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        fed(data)
    except Unreadable as fault:
        assert str(fault).isascii()


def test_crumbs_of_a_long_greeting_are_refused_in_short_time() -> None:
    crumbs = record(b"\1" + (60_000).to_bytes(3, "big")) + record(b"x") * 20_000
    reader = Hello()
    started = time.process_time()
    with pytest.raises(Unreadable):
        for place in range(len(crumbs)):
            reader.feed(crumbs[place : place + 1])
    assert len(reader.data) == MOST_BYTES + 1
    assert time.process_time() - started < 5
