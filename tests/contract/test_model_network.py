"""The way to a provider, for every protocol: certificates, proxies, names and addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from archon.adapters.model.route import ProviderKeys, Providers
from archon.adapters.model.source import Models
from archon.adapters.model.timeouts import Timeouts
from archon.domain.errors import (
    ConfigurationError,
    ModelUnauthorized,
    ModelUnreachable,
    ModelUntrusted,
)
from archon.ports.model import Model
from archon.testing.manual_clock import ManualClock
from archon.testing.model_contract import asked, failure, whole
from archon.testing.model_server import ModelServer
from tests.builders.certificates import chain_of, serving
from tests.builders.proxies import ForwardProxy

Open = Callable[[str], Model]
MODELS = {"anthropic": "claude-sonnet-4-6", "openai": "gpt-4o", "ollama": "ollama/llama3.2"}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
NAME = "allowed.example"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*PROXIES, "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)


@pytest.fixture(params=MODELS)
async def open_at(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """The protocol's model behind an address."""
    opened: list[Models] = []

    def open_model(url: str) -> Model:
        path = "/v1" if request.param == "openai" else ""
        keys = ProviderKeys(anthropic="k", openai="k")
        providers = Providers(keys=keys, base_urls={request.param: url + path})
        opened.append(Models(providers, ManualClock(), Timeouts(connect_s=5.0, read_s=8.0)))
        return opened[-1].open(MODELS[request.param])

    yield open_model
    for models in opened:
        await models.aclose()


def served(**fields: Any) -> ModelServer:
    return ModelServer(ollama_models=("llama3.2",), **fields)


async def test_a_certificate_that_is_trusted_will_do(
    open_at: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = chain_of(tmp_path, "here")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    async with served(tls=serving(chain)) as server:
        server.play("hi")
        assert (await whole(open_at(server.url), asked())).text == "hi"


@pytest.mark.parametrize(
    ("whose", "is_known", "says", "cure"),
    [
        ("here", False, "self-signed certificate", "SSL_CERT_FILE"),
        ("expired", True, "certificate has expired", "clock"),
        ("names", True, "not valid for '127.0.0.1'", "another host's"),
    ],
)
async def test_a_certificate_that_is_not_to_be_trusted_is_said_with_a_cure_and_not_tried_again(
    open_at: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whose: Literal["here", "expired", "names"],
    is_known: bool,
    says: str,
    cure: str,
) -> None:
    chain = chain_of(tmp_path, whose)
    if is_known:
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    async with served(tls=serving(chain)) as server:
        error = await failure(open_at(server.url), asked())
        assert server.received == []
    assert isinstance(error, ModelUntrusted)
    assert says in error.message
    assert cure in error.hint
    assert not error.retryable and not error.may_be_billed


async def test_no_certificates_are_read_to_ask_this_machine_without_tls(
    open_at: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate", "ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(broken))
    async with served() as server:
        server.play("hi")
        assert (await whole(open_at(server.url), asked())).text == "hi"
        with pytest.raises(ConfigurationError, match="cannot be read"):
            await whole(open_at(server.url.replace("http:", "https:")), asked())


async def test_a_server_without_tls_behind_https_is_said(open_at: Open) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(9)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await failure(open_at(f"https://127.0.0.1:{port}"), asked())
    assert isinstance(error, ModelUntrusted)
    assert "does not speak TLS" in error.message and "http://" in error.hint


async def test_certificates_that_cannot_be_read_are_a_setting_to_mend(
    open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(ConfigurationError, match=r"/nowhere/ca\.pem cannot be read"):
        await whole(open_at("https://127.0.0.1:9"), asked())


async def test_https_goes_through_a_tunnel_of_the_proxy(
    open_at: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = chain_of(tmp_path, "names")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    async with served(tls=serving(chain)) as server, ForwardProxy({NAME: server.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        server.play("hi")
        assert (await whole(open_at(f"https://{NAME}"), asked())).text == "hi"
        assert proxy.asked == [f"CONNECT {NAME}:443 HTTP/1.1"]


async def test_http_goes_through_the_proxy(open_at: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served() as server, ForwardProxy({NAME: server.port}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        server.play("hi")
        assert (await whole(open_at(f"http://{NAME}:81"), asked())).text == "hi"
        (first,) = proxy.asked
        assert first.startswith(f"POST http://{NAME}:81/")


async def test_hosts_of_no_proxy_are_asked_directly(open_at: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ForwardProxy(refuses=500) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", NAME)
        _resolve_nothing(monkeypatch)
        assert "its name is not known here" in (await failure(open_at(f"https://{NAME}"), asked())).message
        assert proxy.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_this_machine_is_asked_directly_whatever_proxy_there_is(
    open_at: Open, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    async with served() as server, ForwardProxy(refuses=500) as proxy:
        for variable in PROXIES[:3]:
            monkeypatch.setenv(variable, proxy.url)
        server.play("hi")
        assert (await whole(open_at(f"http://{host}:{server.port}"), asked())).text == "hi"
        assert proxy.asked == []


@pytest.mark.parametrize(
    ("status", "kind", "is_retryable"),
    [
        (407, ModelUnauthorized, False),
        (403, ModelUnauthorized, False),
        (404, ModelUnreachable, False),
        (502, ModelUnreachable, True),
        (503, ModelUnreachable, True),
    ],
)
async def test_a_proxy_that_makes_no_tunnel_is_named(
    open_at: Open, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception], is_retryable: bool
) -> None:
    async with ForwardProxy(refuses=status) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = await failure(open_at(f"https://{NAME}"), asked())
    assert type(error) is kind
    assert error.retryable is is_retryable and not error.may_be_billed
    assert f"the proxy refuses (HTTP {status})" in error.message
    assert "HTTPS_PROXY" in error.hint


async def test_a_proxy_of_http_that_wants_a_password_is_named(
    open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ForwardProxy(refuses=407) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        error = await failure(open_at(f"http://{NAME}"), asked())
    assert isinstance(error, ModelUnauthorized)
    assert "HTTP_PROXY" in error.hint


async def test_a_proxy_that_is_not_there_is_looked_at_too(
    open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    error = await failure(open_at(f"https://{NAME}"), asked())
    assert isinstance(error, ModelUnreachable) and error.retryable and not error.may_be_billed
    assert "HTTPS_PROXY names a proxy" in error.hint


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://127.0.0.1:9",
        "gopher://127.0.0.1",
        "http://[::1",
        "http://user:pass word@[::1",
        "me:pass word",
    ],
)
async def test_a_proxy_that_cannot_be_used_is_a_setting_to_mend(
    open_at: Open, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigurationError, match="proxy that cannot be used") as raised:
        await whole(open_at(f"https://{NAME}"), asked())
    assert "HTTPS_PROXY" in raised.value.message and "HTTPS_PROXY" in raised.value.hint
    assert "pass" not in str(raised.value) and proxy not in str(raised.value)


async def test_a_name_that_nobody_knows_is_said(open_at: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve_nothing(monkeypatch)
    error = await failure(open_at("https://models.example"), asked())
    assert isinstance(error, ModelUnreachable) and error.retryable and not error.may_be_billed
    assert "https://models.example cannot be reached: its name is not known here" in error.message


@pytest.mark.parametrize("name", ["xn--a", "256.1.1.1"])
async def test_a_name_that_is_none_is_said_once(open_at: Open, name: str) -> None:
    error = await failure(open_at(f"http://{name}"), asked())
    assert isinstance(error, ModelUnreachable) and not error.retryable
    assert "no name of a host" in error.message


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_a_port_where_nothing_listens_is_unreachable(open_at: Open, host: str) -> None:
    error = await failure(open_at(f"http://user:password@{host}:9"), asked())
    assert isinstance(error, ModelUnreachable) and error.retryable and not error.may_be_billed
    assert f"http://{host}:9 cannot be reached" in error.message
    assert "password" not in str(error)


async def test_an_address_of_version_six_will_do(open_at: Open) -> None:
    async with served(host="::1") as server:
        server.play("hi")
        assert (await whole(open_at(server.url), asked())).text == "hi"


def _resolve_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks a name server."""

    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
