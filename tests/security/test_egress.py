"""Ways around the allow-list. Each canary is a server that the same bytes, or the same client, can reach."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from archon.adapters.sandbox.egress.limits import Limits
from tests.builders.certificates import contexts
from tests.builders.egress import Exit, way_out
from tests.builders.internet import Client, Server, said

PUBLIC, ELSEWHERE = "192.0.2.1", "198.51.100.1"
Asks = Callable[[str], bytes]


@pytest.fixture
async def out() -> AsyncIterator[Exit]:
    """`allowed.example` and `evil.example` are both there; the first is listed, on ports 80 and 443."""
    async with way_out() as out:
        out.internet.name("allowed.example", [PUBLIC])
        for host in ("evil.example", "sub.allowed.example", "example", "allowed.example.evil.example"):
            out.internet.name(host, [ELSEWHERE])
        out.allow("allowed.example:80", "allowed.example:443")
        yield out


def plain(authority: str, path: str = "/") -> bytes:
    return f"GET http://{authority}{path} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode("latin-1")


def tunnel(authority: str) -> bytes:
    return f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode("latin-1")


def assert_refused(out: Exit, answer: bytes, tried: str, why: str = "") -> None:
    """The answer and the one refusal both say what was tried and why not, and nothing but ASCII."""
    refusal = out.refused()
    head, _, body = answer.decode("ascii").partition("\r\n\r\n")
    assert re.match(r"HTTP/1\.1 40[03] Refused by the sandbox: ", head)
    assert tried in refusal.target and refusal.target in body
    assert why in refusal.reason and refusal.reason in body
    assert "Allowed: " in body
    assert refusal.target.isprintable() and refusal.reason.isprintable()


@pytest.mark.parametrize("ask", [plain, tunnel])
@pytest.mark.parametrize(
    "destination",
    ["evil.example:80", "sub.allowed.example:80", "example:80", "allowed.example.evil.example:80"],
)
async def test_another_host_is_not_reached(out: Exit, ask: Asks, destination: str) -> None:
    canary = await out.internet.place(ELSEWHERE, 80, Server())
    assert_refused(out, await out.said(ask(destination)), destination, "is not on the allow-list")
    assert (canary.connections, out.internet.resolved) == (0, [])
    out.allow(destination)
    client = await out.client()
    await client.say(ask(destination) + (b"GET / HTTP/1.1\r\n\r\n" if ask is tunnel else b""))
    assert (await client.rest()).endswith(b"reached")
    await client.close()


@pytest.mark.parametrize("ask", [plain, tunnel])
async def test_another_port_is_not_reached(out: Exit, ask: Asks) -> None:
    canary = await out.internet.place(PUBLIC, 22, Server())
    assert_refused(out, await out.said(ask("allowed.example:22")), "allowed.example:22")
    assert canary.connections == 0


LOOPBACK = [
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "localhost",
]
"""Each of them is 127.0.0.1 for whoever asks the system."""
OTHER_LOOPBACK = [
    *(
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "LOCALHOST.",
    ),
    *(
        "[::1%lo]",
        "[::1%25lo]",
        "127.0.0.1.",
        "allowed.example@127.0.0.1",
        "allowed.example#@127.0.0.1",
        "127%2e0.0.1",
    ),
    *("127.0.0.1%00.allowed.example", "127.0.0.1\\.allowed.example", "[64:ff9b::7f00:1]", "[::127.0.0.1]"),
]


@pytest.mark.parametrize("ask", [plain, tunnel])
async def test_the_host_of_the_sandbox_is_not_reached_by_any_spelling(ask: Asks) -> None:
    async with way_out(real=True) as out:
        canary = Server()
        port = await canary.start()
        for host in LOOPBACK:
            assert socket.gethostbyname(host) == "127.0.0.1"
        assert (await said(port, b"GET / HTTP/1.1\r\n\r\n")).endswith(b"reached")
        assert canary.connections == 1
        out.allow("allowed.example:80")
        for host in [*LOOPBACK, *OTHER_LOOPBACK]:
            assert_refused(out, await out.said(ask(f"{host}:{port}")), host)
        assert canary.connections == 1
        canary.stop()


@pytest.mark.parametrize("ask", [plain, tunnel])
async def test_a_listed_name_of_the_host_itself_says_to_list_its_address(ask: Asks) -> None:
    async with way_out(real=True) as out:
        canary = Server()
        port = await canary.start()
        out.allow(f"localhost:{port}")
        answer = await out.said(ask(f"localhost:{port}"))
        assert_refused(out, answer, "localhost", "which is loopback. If that is meant, add --allow ")
        assert canary.connections == 0
        canary.stop()


@pytest.mark.parametrize(
    "authority",
    [
        *("allowed.example@evil.example", "allowed.example:80@evil.example", "evil.example#@allowed.example"),
        *(
            "evil.example\\@allowed.example",
            "evil.example%23.allowed.example",
            "evil.example\tallowed.example",
        ),
        *(
            "evil.example\0.allowed.example",
            "evil.example .allowed.example",
            "evil.example%0d%0a.allowed.example",
        ),
        *(
            "evil%2eexample",
            "evil.example;allowed.example",
            "evil.example,allowed.example",
            "\xb2evil.example",
        ),
    ],
)
async def test_no_trick_in_a_url_makes_two_hosts_of_one(out: Exit, authority: str) -> None:
    canary = await out.internet.place(ELSEWHERE, 80, Server())
    honest = await out.internet.place(PUBLIC, 80, Server())
    for request in (plain(authority), tunnel(f"{authority}:80")):
        assert_refused(out, await out.said(request), "evil")
    assert (canary.connections, honest.connections, out.internet.resolved) == (0, 0, [])


INSIDE = {
    "127.0.0.1": "loopback",
    "10.0.0.5": "private",
    "172.16.9.9": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "shared",
    "198.18.0.1": "benchmarks",
    "0.0.0.0": "unspecified",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "::1": "loopback",
    "fd00::1": "private",
    "::ffff:10.0.0.5": "private",
    "64:ff9b::a00:5": "private",
    "2002:a00:5::1": "private",
    "169.254.169.254": "link-local",
    "fe80::1": "link-local",
    "100.100.100.200": "metadata",
    "192.0.0.192": "metadata",
    "fd00:ec2::254": "metadata",
}


@pytest.mark.parametrize(("address", "kind"), INSIDE.items())
@pytest.mark.parametrize("ask", [plain, tunnel])
async def test_a_listed_name_does_not_lead_inside(out: Exit, ask: Asks, address: str, kind: str) -> None:
    canary = await out.internet.place(address, 80, Server())
    out.internet.name("allowed.example", [address])
    assert_refused(out, await out.said(ask("allowed.example:80")), "allowed.example", kind)
    out.internet.name("allowed.example", [PUBLIC, address])  # one good address excuses no bad one
    assert_refused(out, await out.said(ask("allowed.example:80")), "allowed.example", kind)
    assert (canary.connections, out.internet.connected) == (0, [])


async def test_what_is_meant_to_be_reached_inside_is_listed_by_its_address(out: Exit) -> None:
    await out.internet.place("10.0.0.5", 80, Server())
    out.internet.name("allowed.example", ["10.0.0.5"])
    assert b"add --allow 10.0.0.5:80." in await out.said(plain("allowed.example"))
    out.allow("10.0.0.5:80")
    assert (await out.said(plain("allowed.example"))).endswith(b"reached")
    assert (await out.said(plain("10.0.0.5"))).endswith(b"reached")


@pytest.mark.parametrize(
    "address", [each for each, kind in INSIDE.items() if kind in {"link-local", "metadata"}]
)
@pytest.mark.parametrize("ask", [plain, tunnel])
async def test_the_machines_credentials_are_not_even_for_those_who_list_them(
    out: Exit,
    ask: Asks,
    address: str,
) -> None:
    canary = await out.internet.place(address, 80, Server())
    literal = f"[{address}]:80" if ":" in address else f"{address}:80"
    out.allow(literal)
    assert_refused(out, await out.said(ask(literal)), address, "that cannot be allowed")
    assert canary.connections == 0


async def test_a_name_that_moves_after_it_was_judged_is_not_followed(out: Exit) -> None:
    canary = await out.internet.place("127.0.0.1", 80, Server())
    await out.internet.place(PUBLIC, 80, Server())
    out.internet.name("allowed.example", [PUBLIC], ["127.0.0.1"])
    assert (await out.said(plain("allowed.example"))).endswith(b"reached")
    assert out.internet.resolved == ["allowed.example"]
    assert out.internet.connected == [f"{PUBLIC}:80"]
    # Whoever judges one answer and connects by the next one is led astray: the name has moved by now.
    assert_refused(
        out, await out.said(plain("allowed.example")), "allowed.example", "127.0.0.1, which is loopback"
    )
    assert canary.connections == 0


async def test_an_answer_given_to_a_question_does_not_open_the_inside(out: Exit) -> None:
    async def yes(destination: object) -> bool:
        return True

    canary = await out.internet.place("10.0.0.5", 80, Server())
    out.internet.name("asked.example", ["10.0.0.5"])
    out.proxy.allow([], ask=yes)
    assert_refused(out, await out.said(plain("asked.example")), "asked.example", "private")
    assert_refused(out, await out.said(plain("10.0.0.5")), "10.0.0.5", "not on the allow-list")
    assert canary.connections == 0


async def test_a_program_that_makes_names_up_does_not_have_somebody_asked_without_end(out: Exit) -> None:
    asked = []

    async def no(destination: object) -> bool:
        asked.append(destination)
        return False

    out.proxy.allow([], ask=no)
    for number in range(120):
        await out.said(plain(f"x{number}.evil.example"))
    refusals = out.proxy.take_refusals()
    assert (len(asked), len(refusals), refusals[-1].target) == (50, 101, "20 more")


REST = b"GET http://allowed.example/smuggled HTTP/1.1\r\nHost: allowed.example\r\n\r\n"
POST = b"POST http://allowed.example/ HTTP/1.1\r\nHost: allowed.example\r\n"
AMBIGUOUS = {
    "CL.TE": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + REST,
    "TE.CL": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + REST,
    "TE.TE": POST + b"Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n0\r\n\r\n" + REST,
    "CL.CL": POST + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + REST,
    "blank before the colon": POST + b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n" + REST,
    "folded": POST + b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n" + REST,
    "bare CR": POST + b"X: y\rTransfer-Encoding: chunked\r\n\r\n" + REST,
    "bare LF": POST + b"X: y\nGET http://allowed.example/smuggled HTTP/1.1\n\n\r\n\r\n",
    "two hosts": POST + b"Host: evil.example\r\n\r\n",
    "another host": plain("allowed.example").replace(b"Host: allowed", b"Host: evil"),
    "another host with a body": POST.replace(b"Host: allowed", b"Host: evil") + b"Content-Length: 1\r\n\r\nx",
}


@pytest.mark.parametrize("request_bytes", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_a_request_that_can_be_read_in_two_ways_does_not_go_on(out: Exit, request_bytes: bytes) -> None:
    server = await out.internet.place(PUBLIC, 80, Server())
    assert_refused(out, await out.said(request_bytes), "allowed.example")
    assert server.connections == 0


@pytest.mark.parametrize(
    "first",
    [
        plain("allowed.example"),
        POST + b"Content-Length: 4\r\nConnection: keep-alive\r\n\r\nbody",
        POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX: trailer\r\n\r\n",
        POST + b"Connection: Content-Length\r\nContent-Length: 4\r\n\r\nbody",
        POST + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
    ids=["get", "counted", "chunked", "hidden length", "upgrade"],
)
@pytest.mark.parametrize("second", [REST, plain("evil.example"), tunnel("evil.example:80")])
async def test_a_second_request_on_a_connection_goes_nowhere(out: Exit, first: bytes, second: bytes) -> None:
    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers what it was asked, and keeps listening whether or not it was told to close."""
        end = b"0\r\n\r\n" if b"chunked" in first else b"body" if b"body" in first else b"\r\n\r\n"
        while not server.heard.endswith(end):
            await server.read(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nreached")
        while await server.read(reader):
            continue

    server = await out.internet.place(PUBLIC, 80, Server(behave=patient))
    canary = await out.internet.place(ELSEWHERE, 80, Server())
    assert (await out.said(first + second)).endswith(b"Connection: close\r\n\r\nreached")
    await server.left.wait()
    assert server.heard.count(b"HTTP/1.1") == 1
    assert not any(word in server.heard for word in (b"smuggled", b"evil", b"trailer", b"h2c"))
    assert canary.connections == 0


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n",
        b"-1\r\n",
        b"0x4\r\nbody\r\n0\r\n\r\n",
        b"4\nbody\n0\n\n\r\n",
        b"3\r\nbody\r\n0\r\n\r\n",
        b" 4\r\nbody\r\n",
    ],
)
async def test_a_body_whose_chunks_do_not_add_up_is_cut_off(out: Exit, body: bytes) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await server.read(reader):
            continue

    server = await out.internet.place(PUBLIC, 80, Server(behave=deaf))
    answer = await out.said(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + REST)
    assert_refused(out, answer, "allowed.example", "malformed")
    await server.left.wait()
    assert b"smuggled" not in server.heard and not server.heard.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("is_allowed", [True, False])
async def test_following_a_redirect_is_judged_anew(out: Exit, is_allowed: bool) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/x\r\nContent-Length: 0\r\n\r\n"
    await out.internet.place(PUBLIC, 80, Server(moved))
    canary = await out.internet.place(ELSEWHERE, 80, Server())
    if is_allowed:
        out.allow("evil.example:80")

    def follow() -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": out.url}))
        try:
            with opener.open("http://allowed.example/", timeout=20) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as error:
            return error.read()

    seen = await asyncio.to_thread(follow)
    if is_allowed:
        assert (seen, canary.connections) == (b"reached", 1)
    else:
        assert b"refused: http://evil.example/x\nevil.example:80 is not on the allow-list" in seen
        assert out.refused().target == "http://evil.example/x"
        assert canary.connections == 0


async def handshake(client: Client, context: ssl.SSLContext, name: str) -> bytes:
    """Greet a server by name, ask it something and return its answer."""
    await client.writer.start_tls(context, server_hostname=name)
    await client.say(b"GET / HTTP/1.1\r\n\r\n")
    return await client.rest()


async def test_a_tunnel_does_not_serve_to_greet_another_server_behind_it(out: Exit, tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    server = Server()
    port = await server.start(theirs)
    assert (await handshake(await Client.of(port), ours, "evil.example")).endswith(b"reached")
    await out.internet.place(PUBLIC, 443, fronted := Server(), theirs)

    client = await out.client()
    await client.tunnel("allowed.example:443")
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await handshake(client, ours, "evil.example")
    refusal = out.refused()
    assert refusal.target == "evil.example through allowed.example:443"
    assert "domain fronting" in refusal.reason
    assert (bytes(fronted.heard), fronted.connections) == (b"", 0)

    client = await out.client()
    await client.tunnel("allowed.example:443")
    assert (await handshake(client, ours, "allowed.example")).endswith(b"reached")
    server.stop()


def greeting(name: str) -> bytes:
    context = ssl.create_default_context()
    said_first = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), said_first, server_hostname=name).do_handshake()
    return said_first.read()


@pytest.mark.parametrize("every", [1, 7, 300], ids="in pieces of {}".format)
async def test_a_greeting_in_crumbs_is_put_together_before_it_is_judged(out: Exit, every: int) -> None:
    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await server.read(reader):
            continue

    server = await out.internet.place(PUBLIC, 443, Server(behave=listens))
    message = greeting("evil.example")[5:]
    places = [*range(0, len(message), every), len(message)]
    crumbs = [
        b"\x16\3\1" + (end - start).to_bytes(2, "big") + message[start:end] for start, end in pairwise(places)
    ]
    client = await out.client()
    await client.tunnel("allowed.example:443")
    client.writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for crumb in crumbs:
        await client.say(crumb)
        await asyncio.sleep(0)
    assert await client.rest() == bytes((21, 3, 1, 0, 2, 2, 112))
    await server.left.wait()
    assert server.heard == b""
    assert out.refused().target == "evil.example through allowed.example:443"
    await client.close()


@pytest.mark.parametrize(
    "words", [greeting("allowed.example")[:-1], b"\x16\3\1\0\5\2\0\0\0\0", b"\x16\3\1\xff\xff", b"\x16"]
)
async def test_a_greeting_that_cannot_be_judged_is_not_passed_on(out: Exit, words: bytes) -> None:
    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await server.read(reader):
            continue

    server = await out.internet.place(PUBLIC, 443, Server(behave=listens))
    client = await out.client()
    await client.tunnel("allowed.example:443")
    await client.say(words)
    client.writer.write_eof()
    assert await client.rest() == b""
    await server.left.wait()
    assert server.heard == b""
    assert "cannot be read" in out.refused().reason
    await client.close()


async def test_a_greeting_that_never_ends_is_given_up() -> None:
    async with way_out(Limits(greeting_s=0.1)) as out:
        out.internet.name("allowed.example", [PUBLIC])
        out.allow("allowed.example:443")
        server = await out.internet.place(PUBLIC, 443, Server())
        client = await out.client()
        await client.tunnel("allowed.example:443")
        await client.say(b"\x16\3\1\0")
        assert await client.rest() == b""
        await server.left.wait()
        assert server.heard == b""
        await client.close()


async def test_what_a_program_writes_reaches_no_terminal(out: Exit) -> None:
    for target in (b"\x1b]0;owned\x07", b"a\rb", "\u202e".encode(), b"\x9b31m" * 100):
        answer = await out.said(b"CONNECT " + target + b":443 HTTP/1.1\r\n\r\n")
        refusal = out.refused()
        assert re.fullmatch(rb"[\n\r\x20-\x7e]+", answer)
        assert re.fullmatch(r"[ -~]{1,200}", refusal.target)


async def test_a_header_without_end_is_not_kept(out: Exit) -> None:
    answer = await out.said(b"GET http://allowed.example/" + b"a" * 200_000)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert "longer than 65536 bytes" in out.refused().reason
