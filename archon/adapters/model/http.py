"""The one connection pool that all providers share."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

from archon.adapters.model import faults
from archon.adapters.model.deadline import Deadline
from archon.adapters.model.failures import of_other_answer, of_status
from archon.adapters.model.hiding import hide_in, secrets_of
from archon.adapters.model.lean_httpx import httpx
from archon.adapters.model.route import Route
from archon.adapters.model.timeouts import Timeouts
from archon.adapters.model.unpacking import unpacked
from archon.domain.errors import ConfigurationError, ModelError

LARGEST_ERROR_BYTES = 64 * 1024
ERROR_PATIENCE_S = 10.0
"""How long the words of an error are waited for: its status is known already."""
LINGER_S = 1.0
"""How long a finished answer is listened to, so that its connection can be used again."""
HERE = ("localhost", "127.0.0.1", "[::1]")


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
    """Sends requests and opens answers. Pools are made at the first request, and may be closed twice."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    _clients: dict[bool, httpx.AsyncClient] = field(default_factory=dict, init=False)
    """By whether they are for plain HTTP on this machine."""

    @asynccontextmanager
    async def stream(self, route: Route, post: Post) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of the answer as they arrive, once it is a 200 of the content type expected.

        Leaving the block closes the connection, unless the answer has been read to its end.

        Raises: ModelError and its kinds, also for what breaks inside the block while bytes are read;
        ConfigurationError when the environment's proxies or certificates cannot be used.
        """
        deadline = asyncio.get_running_loop().time() + self.timeouts.answer_s
        is_answered = False
        try:
            async with AsyncExitStack() as held:
                async with asyncio.timeout_at(deadline):
                    answer = await held.enter_async_context(self._post(route, post))
                    await _check(route, answer, post.expects)
                is_answered = True
                chunks = _until(deadline, unpacked(answer))
                held.push_async_callback(chunks.aclose)
                yield chunks
        except TimeoutError:
            raise faults.endless(route, self.timeouts) from None
        except (httpx.HTTPError, *faults.OF_THE_LINE) as error:
            raise faults.of_exception(route, error, self.timeouts) from None
        except ModelError as error:
            error.may_be_billed = error.may_be_billed or is_answered
            hide_in(error, secrets_of(route))
            raise

    @asynccontextmanager
    async def _post(self, route: Route, post: Post) -> AsyncIterator[httpx.Response]:
        url, client = route.base_url + post.path, self._open(route.base_url)
        try:
            opened = client.stream("POST", url, headers=post.headers, content=post.body)
            answer = await opened.__aenter__()
        except (UnicodeError, httpx.InvalidURL):
            raise faults.no_such_name(route) from None
        try:
            yield answer
        finally:
            await opened.__aexit__(None, None, None)

    async def aclose(self) -> None:
        while self._clients:
            _, client = self._clients.popitem()
            await client.aclose()

    def _open(self, base_url: str) -> httpx.AsyncClient:
        kind = _is_plain_here(base_url)
        if kind not in self._clients:
            self._clients[kind] = new_client(self.timeouts, base_url)
        return self._clients[kind]


def new_client(timeouts: Timeouts, base_url: str) -> httpx.AsyncClient:
    """A pool that uses the environment's proxies for the outside, and none for this machine.

    One for plain HTTP on this machine trusts nobody who would be asked over TLS.

    Raises: ConfigurationError when it cannot.
    """
    try:
        return httpx.AsyncClient(
            verify=_nobody() if _is_plain_here(base_url) else _trusted_by_environment(),
            timeout=httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            headers={"accept-encoding": "identity"},
            mounts=dict.fromkeys(f"all://{host}" for host in HERE),
        )
    except (ImportError, ValueError, httpx.InvalidURL):
        # Not in the library's words: they repeat the address, and with it the proxy's password.
        raise ConfigurationError(
            f"The environment names a proxy that cannot be used: look at {_proxy_variables()}.",
            hint="Set HTTPS_PROXY, HTTP_PROXY and ALL_PROXY to addresses such as http://proxy.example:3128.",
        ) from None


def _proxy_variables() -> str:
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
    return ", ".join(name for name in names if os.environ.get(name) or os.environ.get(name.lower()))


def _is_plain_here(base_url: str) -> bool:
    """Whether no certificate can matter: it is asked without TLS, and no proxy stands in between."""
    try:
        url = httpx.URL(base_url)
        return url.scheme == "http" and url.host in {host.strip("[]") for host in HERE}
    except (UnicodeError, httpx.InvalidURL):
        return False  # and the request itself says so


def _nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trusted_by_environment() -> ssl.SSLContext:
    return _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trusted(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The certificates that httpx trusts, read once: that takes 25 ms of CPU and 4 MB."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"The certificates in {file or folder} cannot be read: {error.strerror or error}.",
            hint="Mend SSL_CERT_FILE and SSL_CERT_DIR, or unset them.",
        ) from None


async def _until(at: float, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same, as long as it is before a moment of the loop's clock. Raises: TimeoutError.

    Not the chunks are timed but the waiting for them: bytes that make no chunk may arrive for ever, such as a
    long name in the head of a packed body.
    """
    try:
        with Deadline(at) as deadline:
            deadline.wait()
            async for chunk in chunks:
                deadline.rest()
                yield chunk
                deadline.wait()
    finally:
        await chunks.aclose()


async def linger(chunks: AsyncIterator[bytes]) -> None:
    """Read to the end of a stream whose answer is whole; nothing that happens there matters any more."""
    with suppress(httpx.HTTPError, *faults.OF_THE_LINE, ModelError):
        async with asyncio.timeout(LINGER_S):
            async for _ in chunks:
                continue


async def _check(route: Route, answer: httpx.Response, expects: str) -> None:
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status_code == 200 and content_type == expects:
        return
    body = (await _beginning(answer)).decode("utf-8", "replace")
    if answer.status_code == 200:
        raise of_other_answer(route, content_type, body)
    raise of_status(route, answer.status_code, body, answer.headers)


async def _beginning(answer: httpx.Response) -> bytes:
    """As much of a body as is worth reading: an answer's status counts even where its body breaks off."""
    body = bytearray()
    with suppress(httpx.HTTPError, *faults.OF_THE_LINE, ModelError):
        async with asyncio.timeout(ERROR_PATIENCE_S):
            async for chunk in unpacked(answer):
                body += chunk
                if len(body) > LARGEST_ERROR_BYTES:
                    break
    return bytes(body[:LARGEST_ERROR_BYTES])
