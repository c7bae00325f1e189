"""No way of sending bytes puts off the moment at which an answer has to be over.

And a line that breaks below HTTP is said as one that broke.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from archon.adapters.model.listing import look
from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.adapters.model.timeouts import Timeouts
from archon.domain.conversation import Delta
from archon.domain.errors import ModelError, ModelUnreachable
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import asked, failure
from tests.builders.certificates import chain_of, serving

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
DRIPS = {
    "the name in a packed body's head": (
        HEAD + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff",
        b"a",
    ),
    "the extension of a chunk": (HEAD + b"transfer-encoding: chunked\r\n\r\n5;a=", b"a"),
    "fields after the last chunk": (HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    "empty packets of a packed body": (
        HEAD + b"content-encoding: gzip\r\n\r\n",
        bytes.fromhex("1f8b08000000000000ff03000000000000000000"),
    ),
}
KEYS = ProviderKeys(openai="k")


@asynccontextmanager
async def dripping(begin: bytes, drop: bytes) -> AsyncIterator[str]:
    """A server that begins so, and then sends one drop after the other for as long as anybody listens."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begin)
        gone = asyncio.ensure_future(reader.read())
        while not (await asyncio.wait([gone], timeout=0.01))[0] and not writer.is_closing():
            writer.write(drop)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def models_at(url: str, answer_s: float) -> AsyncIterator[Models]:
    providers = Providers(keys=KEYS, base_urls={"openai": url})
    models = Models(providers, ManualClock(), Timeouts(connect_s=3.0, read_s=3.0, answer_s=answer_s))
    try:
        yield models
    finally:
        await models.aclose()


@pytest.mark.parametrize("how", DRIPS)
async def test_a_drip_that_brings_no_bytes_of_the_answer_ends_at_the_deadline(how: str) -> None:
    async with asyncio.timeout(5), dripping(*DRIPS[how]) as url, models_at(url, 0.3) as models:
        error = await failure(models.open("gpt-4o"), asked())
    assert isinstance(error, ModelUnreachable)
    assert "had not ended its answer after 0.3 s" in error.message
    assert error.may_be_billed and not error.retryable


async def test_who_stops_to_listen_is_not_cancelled_by_the_deadline() -> None:
    text = b'data: {"choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n'
    begin = HEAD + b"\r\n" + text
    async with (
        asyncio.timeout(5),
        dripping(begin, text) as url,
        models_at(url, 0.2) as models,
    ):
        deltas = models.open("gpt-4o").respond(asked())
        assert await anext(deltas)
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(0.4, over.set)
        await over.wait()
        with pytest.raises(ModelUnreachable, match="had not ended"):
            await _all(deltas)
        current = asyncio.current_task()
        assert current is not None and current.cancelling() == 0


async def _all(deltas: AsyncIterator[Delta]) -> list[Delta]:
    return [delta async for delta in deltas]


def _garbled(context: ssl.SSLContext, begin: bytes) -> Generator[bytes, bytes, None]:
    """A TLS server's bytes: sent what the client wrote, it yields its own; at last a record that is none."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls, heard, is_open = context.wrap_bio(incoming, outgoing, server_side=True), b"", False
    while b"\r\n\r\n" not in heard:
        try:
            if not is_open:
                tls.do_handshake()
                is_open = True
            heard += tls.read(65536)
        except ssl.SSLWantReadError:
            incoming.write((yield outgoing.read()))
    if begin:
        tls.write(begin)
    yield outgoing.read() + b"\x17\x03\x03\x00\x20" + b"G" * 32


@asynccontextmanager
async def garbling(chain: Path, begin: bytes) -> AsyncIterator[str]:
    """A server of TLS that says `begin` to a request, and then something that is no TLS."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = _garbled(serving(chain), begin)
        next(talk)
        while data := await reader.read(65536):
            try:
                writer.write(talk.send(data))
            except StopIteration:
                break
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("begin", [b"", HEAD + b"\r\n"], ids=["at once", "in the middle of the answer"])
async def test_a_record_that_is_no_tls_breaks_the_line_and_nothing_else(
    begin: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = chain_of(tmp_path, "here")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    async with asyncio.timeout(5), garbling(chain, begin) as url:
        async with models_at(url, 4.0) as models:
            error: ModelError = await failure(models.open("gpt-4o"), asked())
        (reach,) = await look(Providers(keys=KEYS, base_urls={"openai": url}), ["openai"])
    assert isinstance(error, ModelUnreachable) and error.retryable and error.may_be_billed
    assert "broke off" in error.message
    assert reach.state == "unreachable"
