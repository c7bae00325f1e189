"""The offer is what is there: keys in their order, and an Ollama that really answers."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.errors import ConfigurationError
from archon.ports.catalog import Catalog
from archon.testing.manual_clock import ManualClock
from archon.testing.model_server import ModelServer


def catalog(ollama: str, keys: ProviderKeys | None = None) -> Catalog:
    providers = Providers(keys=keys or ProviderKeys(), base_urls={"ollama": ollama})
    return ModelCatalog(providers, ManualClock())


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """The address of a server that takes connections and never says a word."""
    over = asyncio.Event()

    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    over.set()
    server.close()


async def test_an_ollama_that_answers_offers_its_models() -> None:
    async with ModelServer(ollama_models=("gemma:2b", "llama3.2:latest")) as server:
        offer = await catalog(server.url).offer()
    assert offer.ollama_models == ("gemma:2b", "llama3.2:latest")
    assert offer.strong == ()


async def test_something_else_on_the_port_is_no_ollama() -> None:
    async with ModelServer() as server:
        assert (await catalog(server.url).offer()).ollama_models is None


async def test_a_proxy_that_cannot_be_used_is_told_and_not_taken_for_a_missing_ollama(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://me:hunter2@[::1")
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY"):
        await catalog("http://127.0.0.1:9").offer()


async def test_nothing_on_the_port_is_no_ollama() -> None:
    assert (await catalog("http://127.0.0.1:9").offer()).ollama_models is None


async def test_a_silent_ollama_is_waited_for_a_second(silent: str) -> None:
    start = time.monotonic()
    assert (await catalog(silent).offer()).ollama_models is None
    assert time.monotonic() - start < 5


async def test_the_configured_providers_come_strongest_first() -> None:
    keys = ProviderKeys(openrouter="f", groq="e", openai="b", anthropic="a")
    offer = await catalog("http://127.0.0.1:9", keys).offer()
    assert offer.strong == (
        "claude-sonnet-4-6",
        "gpt-4o",
        "groq/llama-3.3-70b-versatile",
        "openrouter/qwen/qwen3-coder:free",
    )
