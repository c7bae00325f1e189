"""Which models are configured, which a local Ollama has, and what each can do and costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from archon.adapters.model.beginnings import fitting
from archon.adapters.model.listing import OLLAMA, ask_ollama
from archon.adapters.model.prices import dearest, dearest_of_all, listed
from archon.adapters.model.profiles import LITELLM, PROVIDERS, Provider
from archon.adapters.model.route import (
    MANUAL,
    SCRIPTED,
    Providers,
    local_path,
    split,
)
from archon.domain.errors import NoModelConfigured
from archon.domain.parameters import Layer, merged
from archon.domain.profile import ModelProfile
from archon.domain.task import FREE, ModelChoice, Price
from archon.domain.values import JsonObject
from archon.ports.catalog import Offer
from archon.ports.clock import Clock

OPENROUTER = "openrouter"
FREE_SUFFIX = ":free"
PLAYED = ModelProfile(context_tokens=1_000_000, max_output_tokens=64_000)
"""What a script or a person is taken to be able to read and write."""


@dataclass(frozen=True)
class ModelCatalog:
    """A `Catalog` of what the keys and addresses reach."""

    providers: Providers
    clock: Clock
    prices: Mapping[str, Price] = field(default_factory=dict)
    """The operator's, which count before the list's: by model string or its beginning, the longest first."""

    params: Layer = field(default_factory=dict)
    """What the operator has models asked with, by model string or its beginning."""

    async def offer(self) -> Offer:
        """As the port says."""
        configured = self.providers.configured()
        strong = tuple(provider.default_model for provider in configured)
        quick = tuple(provider.quick_model or provider.default_model for provider in configured)
        return Offer(
            strong=strong, quick=quick, ollama_models=await ask_ollama(self.providers.base_url(OLLAMA))
        )

    def describe(self, name: str, *, why: str) -> ModelChoice:
        """As the port says. An unknown price is the dearest known one of its provider."""
        if not (local_path(name, SCRIPTED) or local_path(name, MANUAL)):
            self.providers.route(name)
        return self.outline(name, why=why)

    def outline(self, name: str, *, why: str = "") -> ModelChoice:
        """The same for models whose key is missing. Raises: NoModelConfigured; ConfigurationError."""
        return replace(self._known(name, why), params=self._params(name))

    def _params(self, name: str) -> JsonObject:
        """Of every beginning that fits, the longest of them last."""
        return merged(*(self.params[start] for start in fitting(self.params, name)))

    def _known(self, name: str, why: str) -> ModelChoice:
        price = self._own_price(name)
        if local_path(name, SCRIPTED) or local_path(name, MANUAL):
            return _choice(name, PLAYED, price or FREE, None, why)
        provider, model = split(name)
        profile = self.providers.profile(provider, model)
        if provider is LITELLM and price is None:
            return self._passed_on(name, model, profile, why)
        if price is None and _is_given_away(provider, model):
            price = FREE
        if price is not None:
            return _choice(name, profile, price, None, why)
        return self._listed(name, provider, profile.price_id or model, profile, why)

    def _passed_on(self, name: str, model: str, profile: ModelProfile, why: str) -> ModelChoice:
        """The price of whoever stands behind LiteLLM; the dearest of all where nobody knows that one."""
        try:
            behind, own = split(model)
        except NoModelConfigured:
            known = [each.price_id for each in PROVIDERS if each.price_id]
            return _choice(name, profile, dearest_of_all(known, self.clock.now()), None, why)
        if _is_given_away(behind, own):
            return _choice(name, profile, FREE, None, why)
        return self._listed(name, behind, own, profile, why)

    def _own_price(self, name: str) -> Price | None:
        """The operator's price for a model string, however it is spelled."""
        starts = fitting(self.prices, name)
        return self.prices[starts[-1]] if starts else None

    def _listed(
        self, name: str, provider: Provider, price_id: str, profile: ModelProfile, why: str
    ) -> ModelChoice:
        now = self.clock.now()
        found = listed(provider.price_id, price_id, now)
        if found is None:
            return _choice(name, profile, dearest(provider.price_id, now), None, why)
        return _choice(name, profile, found.price, found.context_tokens, why)


def _is_given_away(provider: Provider, model: str) -> bool:
    """Only OpenRouter's names end so to say that there is nothing to pay."""
    return not provider.price_id or (provider.name == OPENROUTER and model.endswith(FREE_SUFFIX))


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
        profile=profile,
    )
