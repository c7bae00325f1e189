"""The one connection pool that all providers share."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

from archon.adapters.model import failures
from archon.adapters.model.lean_httpx import httpx
from archon.adapters.model.reading import broken
from archon.adapters.model.route import Route
from archon.adapters.model.timeouts import Timeouts
from archon.domain.errors import ModelError

LARGEST_ERROR_BYTES = 64 * 1024
LINGER_S = 1.0
"""How long a finished answer is listened to, so that its connection can be used again."""
LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request as it goes over the wire."""

    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes
    expects: str
    """The content type of an answer that is a stream of the protocol."""


@dataclass
class Transport:
    """Sends requests and opens answers. The pool is made at the first request, and may be closed twice."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    _client: httpx.AsyncClient | None = field(default=None, init=False)

    @asynccontextmanager
    async def stream(self, route: Route, post: Post) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of the answer as they arrive, once it is a 200 of the content type expected.

        Leaving the block closes the connection, unless the answer has been read to its end.

        Raises: ModelError and its kinds, also for what breaks inside the block while bytes are read.
        """
        url = route.base_url + post.path
        is_answered = False
        try:
            async with self._open().stream("POST", url, headers=post.headers, content=post.body) as answer:
                await _check(route, answer, post.expects)
                is_answered = True
                yield answer.aiter_bytes()
        except httpx.HTTPError as error:
            raise self._failure(route, error) from None
        except ModelError as error:
            error.may_be_billed = is_answered
            raise

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = new_client(self.timeouts)
        return self._client

    def _failure(self, route: Route, error: httpx.HTTPError) -> ModelError:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol):
            return failures.unreachable(route, "cannot be reached")
        failure: ModelError
        if isinstance(error, httpx.DecodingError):
            failure = broken("it cannot be unpacked")
        elif isinstance(error, httpx.TimeoutException):
            failure = failures.unreachable(route, f"was silent for {self.timeouts.read_s:g} s")
        else:
            failure = failures.cut_off(route)
        failure.may_be_billed = True
        return failure


def new_client(timeouts: Timeouts) -> httpx.AsyncClient:
    """A pool that uses the environment's proxies for the outside, and none for this machine."""
    return httpx.AsyncClient(
        verify=_trusted(),
        timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
        mounts=dict.fromkeys(LOOPBACK),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that httpx trusts, read once: that takes 25 ms of CPU."""
    return httpx.create_ssl_context()


async def linger(chunks: AsyncIterator[bytes]) -> None:
    """Read to the end of a stream whose answer is whole; nothing that happens there matters any more."""
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(LINGER_S):
            async for _ in chunks:
                continue


async def _check(route: Route, answer: httpx.Response, expects: str) -> None:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status_code == 200 and content_type == expects:
        return
    body = (await _beginning(answer)).decode("utf-8", "replace")
    if answer.status_code == 200:
        raise failures.of_other_answer(route, content_type, body)
    raise failures.of_status(route, answer.status_code, body, answer.headers)


async def _beginning(answer: httpx.Response) -> bytes:
    """As much of a body as is worth reading: an answer's status counts even where its body breaks off."""
    body = b""
    with suppress(httpx.HTTPError):
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > LARGEST_ERROR_BYTES:
                break
    return body[:LARGEST_ERROR_BYTES]
