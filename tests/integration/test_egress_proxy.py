"""What is allowed goes through the proxy: real clients, real sockets, real TLS."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from archon.adapters.sandbox.egress.limits import Limits
from archon.domain.egress import Destination
from tests.builders.certificates import contexts
from tests.builders.egress import Exit, listener, way_out
from tests.builders.internet import Client, Server

PUBLIC, SECOND = "192.0.2.1", "2001:db8::1"
PIECE = b"0123456789abcdef" * 4096
MUCH = 100 * 1024 * 1024
GET = b"GET http://allowed.example/ HTTP/1.0\r\n\r\n"


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(1 << 16):
        continue


@pytest.fixture
async def out() -> AsyncIterator[Exit]:
    async with way_out() as out:
        out.internet.name("allowed.example", [PUBLIC])
        out.allow("allowed.example:80", "allowed.example:443", "allowed.example:22")
        yield out


def fetched(url: str, proxy: str) -> bytes:
    """As urllib fetches it through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    with opener.open(url, timeout=20) as answer:
        data: bytes = answer.read()
        return data


async def test_plain_http_by_urllib_reaches_a_listed_address_of_the_machine_itself() -> None:
    async with way_out(real=True) as out:
        server = Server()
        port = await server.start()
        out.allow(f"127.0.0.1:{port}")
        assert await asyncio.to_thread(fetched, f"http://127.0.0.1:{port}/a?b=c", out.url) == b"reached"
        assert server.heard.startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
        assert out.proxy.take_refusals() == ()
        server.stop()


async def test_https_by_httpx_goes_through_a_tunnel_unbroken(out: Exit, tmp_path: Path) -> None:
    theirs, ours = contexts(tmp_path)
    await out.internet.place(PUBLIC, 443, Server(), theirs)
    async with httpx.AsyncClient(proxy=out.url, verify=ours) as client:
        assert (await client.get("https://Allowed.example/")).text == "reached"
    assert out.proxy.take_refusals() == ()


async def test_headers_and_bodies_arrive_as_they_were_sent(out: Exit) -> None:
    server = await out.internet.place(PUBLIC, 80, Server())
    async with httpx.AsyncClient(proxy=out.url) as client:
        answer = await client.post(
            "http://allowed.example/x", content=b"body", headers={"X-Y": "z", "Proxy-Authorization": "secret"}
        )
    assert (answer.text, answer.headers["connection"]) == ("reached", "close")
    head, _, body = bytes(server.heard).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /x HTTP/1.1\r\nHost: allowed.example\r\n")
    assert b"X-Y: z" in head and b"secret" not in head and b"Connection: close" in head
    assert body in {b"body", b""}


@pytest.mark.parametrize("is_chunked", [True, False], ids=["chunked", "counted"])
async def test_a_hundred_megabytes_pass_both_ways_at_once(out: Exit, is_chunked: bool) -> None:
    framing = b"Transfer-Encoding: chunked\r\n" if is_chunked else b"Content-Length: %d\r\n" % MUCH
    piece = b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if is_chunked else PIECE
    pieces = MUCH // len(PIECE)

    async def echo_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert framing in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
        await echo(reader, writer)

    async def send(client: Client) -> None:
        await client.say(
            b"PUT http://allowed.example/ HTTP/1.1\r\nHost: allowed.example\r\n" + framing + b"\r\n"
        )
        for _ in range(pieces):
            await client.say(piece)
        await client.say(b"0\r\n\r\n" if is_chunked else b"")

    await out.internet.place(PUBLIC, 80, Server(behave=echo_http))
    client = await out.client()
    _, digest = await asyncio.gather(send(client), received(client, is_chunked=is_chunked))
    assert digest == hashlib.sha256(PIECE * pieces).hexdigest()
    await client.close()


async def received(client: Client, *, is_chunked: bool) -> str:
    """The hash of the body of an answer."""
    body = hashlib.sha256()
    await client.reader.readuntil(b"\r\n\r\n")
    if not is_chunked:
        while data := await client.reader.read(1 << 16):
            body.update(data)
        return body.hexdigest()
    while size := int(await client.reader.readline(), 16):
        body.update(await client.reader.readexactly(size))
        assert await client.reader.readexactly(2) == b"\r\n"
    return body.hexdigest()


async def test_what_is_not_taken_is_not_read(out: Exit) -> None:
    may_read = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may_read.wait()
        while await server.read(reader):
            continue

    server = await out.internet.place(PUBLIC, 443, Server(behave=late))
    client = await out.client()
    assert b" 200 " in await client.tunnel("allowed.example:443")
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < MUCH:
            client.writer.write(PIECE)
            sent += len(PIECE)
            await asyncio.wait_for(client.writer.drain(), 1)
    assert sent < MUCH / 4  # what the kernel's buffers hold, and no more
    may_read.set()
    client.writer.write_eof()
    await client.rest()
    await server.left.wait()
    assert len(server.heard) == sent
    await client.close()


async def test_a_server_may_speak_first(out: Exit) -> None:
    async def ssh(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-x\r\n")
        writer.write(b"you: " + await reader.readline())
        await writer.drain()

    await out.internet.place(PUBLIC, 22, Server(behave=ssh))
    client = await out.client()
    await client.tunnel("allowed.example:22")
    assert await client.reader.readline() == b"SSH-2.0-x\r\n"
    await client.say(b"SSH-2.0-y\r\n")
    assert await client.rest() == b"you: SSH-2.0-y\r\n"
    await client.close()


@pytest.mark.parametrize("first", ["client", "server"])
async def test_each_side_may_end_its_part_before_the_other(out: Exit, first: str) -> None:
    async def adds_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if first == "server":
            writer.write(b"question")
            writer.write_eof()
            heard.set_result(await reader.read())
        else:
            writer.write(b"heard " + await reader.read())

    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    await out.internet.place(PUBLIC, 22, Server(behave=adds_up))
    client = await out.client()
    await client.tunnel("allowed.example:22")
    if first == "server":
        assert await client.rest() == b"question"
        await client.say(b"answer")
        client.writer.write_eof()
        assert await heard == b"answer"
    else:
        await client.say(b"all")
        client.writer.write_eof()
        assert await client.rest() == b"heard all"
    await client.close()


async def test_addresses_are_tried_in_their_order(out: Exit) -> None:
    out.internet.name("allowed.example", [SECOND, PUBLIC])
    await out.internet.place(PUBLIC, 80, Server())
    assert (await out.said(b"GET http://allowed.example/ HTTP/1.0\r\n\r\n")).endswith(b"reached")
    assert out.internet.connected == [f"[{SECOND}]:80", f"{PUBLIC}:80"]


async def test_an_address_that_says_nothing_leaves_time_for_the_next() -> None:
    async with way_out(Limits(connect_s=0.4)) as out:
        out.internet.name("allowed.example", [SECOND, PUBLIC])
        out.internet.silent.add(SECOND)
        out.allow("allowed.example:80")
        await out.internet.place(PUBLIC, 80, Server())
        assert (await out.said(GET)).endswith(b"reached")


@pytest.mark.parametrize(
    ("silent", "reason"),
    [
        ("missing", b"the name allowed.example cannot be resolved."),
        ("allowed.example", b"no name server answered for allowed.example in time."),
        (PUBLIC, b"no connection to allowed.example:80: no answer in time."),
        ("refused", b"no connection to allowed.example:80: Connection refused."),
    ],
)
async def test_what_cannot_be_reached_is_said_and_is_no_refusal(silent: str, reason: bytes) -> None:
    async with way_out(Limits(resolve_s=0.1, connect_s=0.1)) as out:
        out.allow("allowed.example:80")
        if silent != "missing":
            out.internet.name("allowed.example", [PUBLIC])
        out.internet.silent.add(silent)
        answer = await out.said(GET)
        assert answer.startswith(b"HTTP/1.1 502 ") and answer.endswith(reason + b"\n")
        assert out.proxy.take_refusals() == ()


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        (b"", b"it closed the connection without an answer."),
        (b"SSH-2.0-x\r\n\r\n", b"its answer is malformed: "),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", b"its answer is malformed: "),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"its answer is malformed: ",
        ),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, b"its answer is malformed: more than 65536 bytes."),
    ],
)
async def test_an_answer_that_is_none_is_said_to_be_none(out: Exit, answered: bytes, reason: bytes) -> None:
    await out.internet.place(PUBLIC, 80, Server(answered))
    answer = await out.said(GET)
    assert answer.startswith(b"HTTP/1.1 502 ") and reason in answer


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end"),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 1\r\nKeep-Alive: 5\r\n\r\namore",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 1\r\nConnection: close\r\n\r\na",
        ),
        (
            b"HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: x\r\n\r\nmore",
            b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
        (
            b"HTTP/1.1 204 No Content\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nmore",
            b"HTTP/1.1 204 No Content\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: close\r\n\r\n",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\ncut",
        ),
    ],
    ids=["open", "interim", "chunked", "no body", "broken off"],
)
async def test_an_answer_is_passed_on_to_its_end_and_no_further(
    out: Exit, answered: bytes, expected: bytes
) -> None:
    await out.internet.place(PUBLIC, 80, Server(answered))
    assert await out.said(GET) == expected


async def test_an_answer_to_head_has_no_body(out: Exit) -> None:
    await out.internet.place(PUBLIC, 80, Server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"))
    answer = await out.said(b"HEAD http://allowed.example/ HTTP/1.0\r\n\r\n")
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n"


async def test_an_answer_before_the_whole_body_is_passed_on(out: Exit) -> None:
    await out.internet.place(PUBLIC, 80, Server(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"))
    head = b"POST http://allowed.example/ HTTP/1.0\r\nContent-Length: 1000000000\r\n\r\n"
    assert (await out.said(head)).startswith(b"HTTP/1.1 413 Too Large\r\n")


async def test_a_refusal_is_read_even_by_who_sends_much_before_reading(out: Exit) -> None:
    async with httpx.AsyncClient(proxy=out.url) as client:
        answer = await client.post("http://evil.example/", content=bytes(5_000_000))
    assert (answer.status_code, "evil.example:80 is not on the allow-list" in answer.text) == (403, True)


async def test_more_connections_than_there_are_seats_wait_for_one() -> None:
    async with way_out(Limits(connections=2)) as out:
        out.internet.name("allowed.example", [PUBLIC])
        out.allow("allowed.example:22")
        await out.internet.place(PUBLIC, 22, Server(behave=echo))
        first, second = await out.client(), await out.client()
        await first.tunnel("allowed.example:22")
        await second.tunnel("allowed.example:22")
        third = await out.client()
        waiting = asyncio.ensure_future(third.tunnel("allowed.example:22"))
        await second.say(b"still here")
        assert await second.reader.readexactly(10) == b"still here"
        assert not waiting.done()
        first.writer.write_eof()
        assert b" 200 " in await waiting
        for each in (first, second, third):
            await each.close()


@pytest.mark.parametrize(
    "head", [b"", b"GET http://allowed.exam", b"GET http://allowed.example/ HTTP/1.1\n\n"]
)
async def test_a_header_that_does_not_come_ends_the_connection(head: bytes) -> None:
    async with way_out(Limits(head_s=0.1)) as out:
        assert (await out.said(head)).startswith(b"HTTP/1.1 408 ")


async def test_a_tunnel_in_which_nothing_moves_is_closed_on_both_sides() -> None:
    async with way_out(Limits(idle_s=0.2)) as out:
        out.internet.name("allowed.example", [PUBLIC])
        out.allow("allowed.example:22")
        server = await out.internet.place(PUBLIC, 22, Server(behave=echo))
        client = await out.client()
        await client.tunnel("allowed.example:22")
        assert await client.rest() == b""
        await server.left.wait()
        await client.close()


async def test_a_server_that_never_answers_is_given_up() -> None:
    async with way_out(Limits(idle_s=0.2)) as out:
        out.internet.name("allowed.example", [PUBLIC])
        out.allow("allowed.example:80")
        server = await out.internet.place(PUBLIC, 80, Server(behave=deaf))
        answer = await out.said(GET)
        assert answer.startswith(b"HTTP/1.1 502 ") and b"it has said nothing for 0.2 seconds." in answer
        await server.left.wait()


@pytest.mark.parametrize("port", [22, 80], ids=["tunnel", "plain"])
async def test_a_client_that_is_killed_takes_its_connection_with_it(out: Exit, port: int) -> None:
    server = await out.internet.place(PUBLIC, port, Server(behave=deaf))
    client = await out.client()
    if port == 22:
        await client.tunnel("allowed.example:22")
    else:
        await client.say(b"POST http://allowed.example/ HTTP/1.0\r\nContent-Length: 9\r\n\r\nx")
        await server.met.wait()
    client.vanish()
    await server.left.wait()


async def test_a_server_that_goes_away_takes_the_tunnel_with_it(out: Exit) -> None:
    async def goes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        Client(reader, writer).vanish()

    await out.internet.place(PUBLIC, 22, Server(behave=goes))
    client = await out.client()
    await client.tunnel("allowed.example:22")
    assert await client.rest() == b""
    await client.close()


async def test_closing_ends_everything_whatever_it_waits_for(out: Exit) -> None:
    async def never(destination: Destination) -> bool:
        return await asyncio.Event().wait()

    server = await out.internet.place(PUBLIC, 22, Server(behave=deaf))
    out.internet.name("slow.example", [SECOND])
    out.internet.silent |= {"silent.example", SECOND}
    out.proxy.allow([Destination("silent.example", 80), Destination("slow.example", 80)], ask=never)
    tunnel = await out.client()
    await tunnel.tunnel("allowed.example:22")
    others = [await out.client() for _ in range(4)]
    for client, host in zip(others, ("silent.example", "slow.example", "asked.example", ""), strict=True):
        await client.say(f"GET http://{host}".encode() + (b"/ HTTP/1.0\r\n\r\n" if host else b""))
    await server.met.wait()
    await out.proxy.close()
    await server.left.wait()
    for client in (tunnel, *others):
        assert await client.rest() == b""
        await client.close()
    with pytest.raises(ConnectionRefusedError):
        await out.client()


async def test_unlisted_names_are_asked_about_once_each(out: Exit) -> None:
    asked: list[Destination] = []
    answer = asyncio.Event()

    async def ask(destination: Destination) -> bool:
        asked.append(destination)
        await answer.wait()
        return destination.host == "good.example"

    out.proxy.allow([], ask=ask)
    out.internet.name("good.example", [PUBLIC])
    await out.internet.place(PUBLIC, 80, Server())
    requests = [
        f"GET http://{name}.example/ HTTP/1.0\r\n\r\n".encode() for name in ("good", "bad", "GOOD", "bad")
    ]
    running = [asyncio.ensure_future(out.said(request)) for request in requests]
    asyncio.get_running_loop().call_later(0.2, answer.set)
    statuses = [int(answer.split()[1]) for answer in await asyncio.gather(*running)]
    assert statuses == [200, 403, 200, 403]
    assert int((await out.said(requests[1])).split()[1]) == 403
    assert sorted(asked) == [Destination("bad.example", 80), Destination("good.example", 80)]
    assert {each.target for each in out.proxy.take_refusals()} == {"http://bad.example/"}
    out.allow("bad.example:80")
    assert int((await out.said(requests[1])).split()[1]) == 502


async def test_a_question_that_fails_is_a_no(out: Exit, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(destination: Destination) -> bool:
        raise ConnectionError("nobody there")

    out.proxy.allow([], ask=ask)
    assert int((await out.said(b"GET http://asked.example/ HTTP/1.0\r\n\r\n")).split()[1]) == 403
    assert "nobody could be asked about asked.example:80" in caplog.text


async def test_a_listener_that_breaks_is_told_and_left(out: Exit, caplog: pytest.LogCaptureFixture) -> None:
    broken = listener()
    broken.shutdown(socket.SHUT_RDWR)
    out.proxy.serve(broken)
    await out.internet.place(PUBLIC, 80, Server())
    assert (await out.said(GET)).endswith(b"reached")
    assert "cannot listen any more" in caplog.text
