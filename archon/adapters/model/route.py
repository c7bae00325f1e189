"""From a model string to who serves it, where, and with which key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archon.adapters.model.profiles import PROVIDERS, ModelProfile, Provider, profile_of
from archon.domain.errors import NoModelConfigured

SCRIPTED = "scripted/"
MANUAL = "manual/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKeys:
    """The keys that are configured, by provider; empty where there is none. Prints none of them."""

    anthropic: str = field(default="", repr=False)
    openai: str = field(default="", repr=False)
    gemini: str = field(default="", repr=False)
    deepseek: str = field(default="", repr=False)
    groq: str = field(default="", repr=False)
    openrouter: str = field(default="", repr=False)

    def of(self, provider: Provider) -> str:
        """Empty when the provider has no key, or needs none."""
        return getattr(self, provider.name) if provider.key_variable else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Everything one model's adapter needs to know."""

    provider: Provider
    model: str
    """The model's own name, as its provider knows it."""
    profile: ModelProfile
    base_url: str = field(repr=False)
    """Without a slash at its end. Hidden, since it may hold a password."""
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Who can be asked: the keys, and the addresses that differ from the providers' own."""

    keys: ProviderKeys = ProviderKeys()
    base_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By provider, such as `{"ollama": "http://127.0.0.1:11434"}`."""

    def configured(self) -> tuple[Provider, ...]:
        """The providers that have a key, in the order in which a default is chosen."""
        return tuple(provider for provider in PROVIDERS if self.keys.of(provider))

    def base_url(self, provider: Provider) -> str:
        return (self.base_urls.get(provider.name) or provider.base_url).rstrip("/")

    def route(self, name: str) -> Route:
        """Where the model string `name` leads.

        Raises: NoModelConfigured when it begins like no provider's, or the provider's key is missing.
        """
        provider, model = _split(name)
        key = self.keys.of(provider)
        if provider.key_variable and not key:
            raise NoModelConfigured(
                f"{name} needs a key of {provider.label}, and none is set.",
                hint=f"Set {provider.key_variable}, or choose another model.",
            )
        profile = profile_of(provider.name, model)
        base_url = self.base_url(provider)
        return Route(provider=provider, model=model, profile=profile, base_url=base_url, key=key)


def local_path(name: str, prefix: str) -> Path | None:
    """The path that a `scripted/FILE` or `manual/DIR` names; None for any other model string."""
    path = name.removeprefix(prefix)
    return Path(path).expanduser() if path and path != name else None


def _split(name: str) -> tuple[Provider, str]:
    for provider in PROVIDERS:
        for prefix in provider.prefixes:
            model = name.removeprefix(prefix) if prefix.endswith("/") else name
            if name.startswith(prefix) and model:
                return provider, model
    prefixes = [prefix for provider in PROVIDERS for prefix in provider.prefixes]
    known = ", ".join(f"{prefix}…" for prefix in (*prefixes, SCRIPTED, MANUAL))
    raise NoModelConfigured(
        f"No provider serves a model called {name!r}.", hint=f"Model names begin with {known}."
    )
