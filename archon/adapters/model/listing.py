"""Asks providers which models they have: a request that costs nothing, and shows what can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from archon.adapters.model import failures
from archon.adapters.model.profiles import LITELLM, PROVIDERS, Provider
from archon.adapters.model.reading import members, parse_object, string
from archon.adapters.model.route import Providers, Route
from archon.adapters.model.timeouts import Timeouts
from archon.domain.errors import ArchonError, ModelReplyBroken, ModelUnauthorized, RateLimited
from archon.domain.profile import ModelProfile
from archon.domain.reach import Reach, State
from archon.domain.values import JsonObject

if TYPE_CHECKING:
    from archon.adapters.model.lean_httpx import httpx

OLLAMA = next(provider for provider in PROVIDERS if provider.name == "ollama")
OLLAMA_TIMEOUT_S = 1.0
LISTING_TIMEOUT_S = 2.0
LARGEST_LISTING_BYTES = 8_000_000
_NOTHING = ModelProfile(context_tokens=1, max_output_tokens=1)


async def ask_ollama(base_url: str) -> tuple[str, ...] | None:
    """The models' names as Ollama has them; None when none answers in time, or something else does.

    Raises: ConfigurationError when the environment's proxies or certificates cannot be used.
    """
    from archon.adapters.model.http import new_client
    from archon.adapters.model.lean_httpx import httpx

    patience = Timeouts(connect_s=OLLAMA_TIMEOUT_S, read_s=OLLAMA_TIMEOUT_S)
    try:
        async with new_client(patience, base_url) as client, asyncio.timeout(OLLAMA_TIMEOUT_S):
            answer = await client.get(base_url + OLLAMA.list_path)
        return _names(parse_object(answer.text)) if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError, ModelReplyBroken):
        return None


async def look(
    providers: Providers, names: Iterable[str] | None = None, *, timeout_s: float = LISTING_TIMEOUT_S
) -> tuple[Reach, ...]:
    """What comes of asking the providers of these names, or all, at the same time. Never raises."""
    wanted = None if names is None else set(names)
    asked = [each for each in (*PROVIDERS, LITELLM) if wanted is None or each.name in wanted]
    return tuple(await asyncio.gather(*(_look(providers, each, timeout_s) for each in asked)))


async def _look(providers: Providers, provider: Provider, timeout_s: float) -> Reach:
    if not provider.is_installed:
        return _reach(provider, "not installed", f"{provider.install_hint}.")
    if not provider.list_path:
        return _reach(provider, "not asked")
    key = providers.keys.of(provider)
    if provider.key_variable and not key:
        return _reach(provider, "no key", f"Set {provider.key_variable}.")
    route = Route(
        provider=provider,
        model="its list of models",
        profile=_NOTHING,
        base_url=providers.base_url(provider),
        key=key,
    )
    try:
        async with asyncio.timeout(timeout_s):
            return await _ask(route, timeout_s)
    except TimeoutError:
        error: ArchonError = failures.unreachable(route, f"said nothing for {timeout_s:g} s")
    except ArchonError as refused:  # also a proxy or a certificate of the environment that cannot be used
        error = refused
    error.hint = error.hint or f"Look at {provider.url_variable or provider.key_variable}."
    return _reach(provider, _state(error), str(error))


async def _ask(route: Route, timeout_s: float) -> Reach:
    from archon.adapters.model.dialects import DIALECTS
    from archon.adapters.model.faults import OF_THE_LINE
    from archon.adapters.model.http import new_client
    from archon.adapters.model.lean_httpx import httpx

    headers = DIALECTS[route.provider.protocol].headers(route.key)
    try:
        async with (
            new_client(Timeouts(connect_s=timeout_s, read_s=timeout_s), route.base_url) as client,
            client.stream("GET", route.base_url + route.provider.list_path, headers=headers) as answer,
        ):
            return await _read(route, answer)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, *OF_THE_LINE):
        raise failures.unreachable(route, "cannot be reached") from None


async def _read(route: Route, answer: httpx.Response) -> Reach:
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_LISTING_BYTES:
            break
    text = body.decode("utf-8", "replace")
    if answer.status_code in {404, 405}:
        # A server of one's own may serve models without listing them.
        return _reach(route.provider, "reachable")
    if answer.status_code != 200:
        raise failures.of_status(route, answer.status_code, text, answer.headers)
    try:
        return _reach(route.provider, "reachable", models=_names(parse_object(text)))
    except ModelReplyBroken:
        raise failures.unreachable(route, "is something else: it lists no models") from None


def _names(listed: JsonObject) -> tuple[str, ...]:
    """Ollama names them under `models`, all others under `data`; Gemini puts `models/` before each."""
    if "models" in listed:
        return tuple(string(model, "name") for model in members(listed, "models"))
    return tuple(string(model, "id").removeprefix("models/") for model in members(listed, "data"))


def _state(error: ArchonError) -> State:
    if isinstance(error, ModelUnauthorized):
        return "key refused"
    return "limited" if isinstance(error, RateLimited) else "unreachable"


def _reach(provider: Provider, state: State, cure: str = "", models: tuple[str, ...] | None = None) -> Reach:
    get_hint = provider.missing_model_hint if provider.lists_all else ""
    return Reach(
        provider=provider.name,
        label=provider.label,
        state=state,
        cure=cure,
        models=models,
        get_hint=get_hint,
    )
