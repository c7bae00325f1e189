"""Which models are configured, which a local Ollama has, and what each costs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from archon.adapters.model.prices import dearest, listed
from archon.adapters.model.profiles import PROVIDERS, ModelProfile
from archon.adapters.model.reading import members, parse_object, string
from archon.adapters.model.route import MANUAL, SCRIPTED, Providers, Route, local_path
from archon.adapters.model.timeouts import Timeouts
from archon.domain.errors import ModelReplyBroken
from archon.domain.task import FREE, ModelChoice, Price
from archon.ports.catalog import Offer
from archon.ports.clock import Clock

OLLAMA_TIMEOUT_S = 1.0
FREE_SUFFIX = ":free"
PLAYED = ModelProfile(context_tokens=1_000_000, max_output_tokens=64_000)
"""What a script or a person is taken to be able to read and write."""


@dataclass(frozen=True)
class ModelCatalog:
    """A `Catalog` of what the keys and addresses reach."""

    providers: Providers
    clock: Clock
    prices: Mapping[str, Price] = field(default_factory=dict)
    """Prices that count before the list's, by model string; `FREE` is one."""

    async def offer(self) -> Offer:
        """As the port says."""
        strong = tuple(provider.default_model for provider in self.providers.configured())
        return Offer(strong=strong, ollama_models=await self._ollama_models())

    def describe(self, name: str, *, why: str) -> ModelChoice:
        """As the port says. An unknown price is the dearest known one of its provider."""
        if local_path(name, SCRIPTED) or local_path(name, MANUAL):
            return _choice(name, PLAYED, self.prices.get(name, FREE), None, why)
        route = self.providers.route(name)
        if name in self.prices or not route.provider.price_id or name.endswith(FREE_SUFFIX):
            return _choice(name, route.profile, self.prices.get(name, FREE), None, why)
        return self._listed(name, route, why)

    def _listed(self, name: str, route: Route, why: str) -> ModelChoice:
        now = self.clock.now()
        found = listed(route.provider.price_id, route.model, now)
        if found is None:
            return _choice(name, route.profile, dearest(route.provider.price_id, now), None, why)
        return _choice(name, route.profile, found.price, found.context_tokens, why)

    async def _ollama_models(self) -> tuple[str, ...] | None:
        """The models' names as Ollama has them; None when none answers in time, or something else does."""
        from archon.adapters.model.http import new_client
        from archon.adapters.model.lean_httpx import httpx

        ollama = next(provider for provider in PROVIDERS if provider.name == "ollama")
        patience = Timeouts(connect_s=OLLAMA_TIMEOUT_S, read_s=OLLAMA_TIMEOUT_S)
        try:
            async with new_client(patience) as client, asyncio.timeout(OLLAMA_TIMEOUT_S):
                answer = await client.get(self.providers.base_url(ollama) + "/api/tags")
            if answer.status_code != 200:
                return None
            return tuple(string(model, "name") for model in members(parse_object(answer.text), "models"))
        except (httpx.HTTPError, TimeoutError, ModelReplyBroken):
            return None


def _choice(
    name: str, profile: ModelProfile, price: Price, context_tokens: int | None, why: str
) -> ModelChoice:
    """The profile is what was tried; the list may only narrow it, since a higher price starts there."""
    return ModelChoice(
        name=name,
        price=price,
        context_tokens=min(profile.context_tokens, context_tokens or profile.context_tokens),
        max_output_tokens=profile.max_output_tokens,
        why=why,
        takes_tools=profile.takes_tools,
    )
