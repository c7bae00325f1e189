"""Who can be had is found out by asking: at the same time, for two seconds at most, and no key is shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from importlib.util import find_spec

import pytest

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.directory import ModelDirectory
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.errors import NoModelConfigured
from archon.domain.reach import ROW_MARK, Reach
from archon.testing.manual_clock import ManualClock
from archon.testing.model_server import ModelServer

NOWHERE = "http://127.0.0.1:9"
SECRET = "sk-secret-123456"
KEYS = ProviderKeys(anthropic=SECRET, openai=SECRET)


def directory(
    keys: ProviderKeys = KEYS, *, openai: str = NOWHERE, anthropic: str = NOWHERE, ollama: str = NOWHERE
) -> ModelDirectory:
    urls = {"openai": openai, "anthropic": anthropic, "ollama": ollama}
    catalog = ModelCatalog(Providers(keys=keys, base_urls=urls), ManualClock())
    return ModelDirectory(catalog, timeout_s=0.5)


async def look(directory: ModelDirectory, name: str) -> Reach:
    (reach,) = await directory.look([name])
    assert SECRET not in repr(reach)
    return reach


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


async def test_a_provider_that_answers_lists_its_models() -> None:
    async with ModelServer(key=SECRET, listed=("gpt-4o", "models/gemma")) as server:
        reach = await look(directory(openai=f"{server.url}/v1"), "openai")
        assert (reach.state, reach.models, reach.cure) == ("reachable", ("gpt-4o", "gemma"), "")
        reach = await look(directory(anthropic=server.url), "anthropic")
        assert reach.state == "reachable"


async def test_ollama_lists_what_it_has() -> None:
    async with ModelServer(ollama_models=("gemma:2b",)) as server:
        reach = await look(directory(ollama=server.url), "ollama")
        assert (reach.state, reach.models) == ("reachable", ("gemma:2b",))


async def test_without_a_key_nobody_is_asked() -> None:
    async with ModelServer(listed=("m",)) as server:
        reach = await look(directory(ProviderKeys(), openai=server.url), "openai")
        assert (reach.state, reach.cure) == ("no key", "Set OPENAI_API_KEY.")
        assert server.received == []


async def test_a_key_that_is_refused_is_said_and_not_shown() -> None:
    async with ModelServer(key="another", listed=("m",)) as server:
        reach = await look(directory(openai=server.url), "openai")
        assert reach.state == "key refused" and "OPENAI_API_KEY" in reach.cure


async def test_a_provider_that_repeats_the_key_in_its_error_is_not_quoted_with_it() -> None:
    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert SECRET.encode() in head
        body = f'{{"error": {{"message": "no luck with {SECRET}"}}}}'.encode()
        writer.write(b"HTTP/1.1 500 Broken\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        reach = await look(directory(openai=address), "openai")
    assert reach.state == "unreachable" and "no luck with [key]" in reach.cure


async def test_a_server_that_lists_nothing_can_be_had_all_the_same() -> None:
    async with ModelServer() as server:
        reach = await look(directory(openai=server.url), "openai")
        assert (reach.state, reach.models) == ("reachable", None)


async def test_who_cannot_be_reached_says_where_that_is_set() -> None:
    reach = await look(directory(), "openai")
    assert reach.state == "unreachable" and "OPENAI_BASE_URL" in reach.cure


async def test_a_proxy_that_cannot_be_used_is_said_of_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://me:hunter2@[::1")
    reach = await look(directory(), "openai")
    assert reach.state == "unreachable"
    assert "HTTPS_PROXY" in reach.cure and "hunter2" not in reach.cure


async def test_a_way_to_others_is_there_only_where_it_is_installed() -> None:
    reach = await look(directory(), "litellm")
    if find_spec("litellm") is None:
        assert reach.state == "not installed" and "uv sync --extra litellm" in reach.cure
    else:
        assert (reach.state, reach.cure) == ("not asked", "")


async def test_all_are_asked_at_the_same_time_and_waited_for_only_so_long(silent: str) -> None:
    start = time.monotonic()
    found = await directory(openai=silent, anthropic=silent, ollama=silent).look(
        ["openai", "anthropic", "ollama"]
    )
    assert time.monotonic() - start < 3 * 0.5 + 1
    assert {reach.state for reach in found} == {"unreachable"}


def test_a_model_has_one_spelling() -> None:
    both = directory()
    assert both.canonical("claude-x") == both.canonical("anthropic/claude-x") == "anthropic/claude-x"
    assert both.canonical("openrouter/a/b:free") == "openrouter/a/b:free"
    assert both.canonical("manual//srv/desk") == "manual//srv/desk"
    with pytest.raises(NoModelConfigured):
        both.canonical("sonnet")


def test_every_row_can_be_outlined_without_a_key() -> None:
    all_rows = directory(ProviderKeys())
    for row in all_rows.rows():
        assert row.endswith(ROW_MARK)
        outlined = all_rows.outline(row)
        assert (outlined.name, outlined.context_tokens > 0) == (row, True)
