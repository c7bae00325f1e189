"""From a model string to who serves it, where, and with which key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from archon.adapters.model.profile_rows import Rows, best_row, shipped_rows
from archon.adapters.model.profiles import LITELLM, PROVIDERS, Provider
from archon.domain.errors import NoModelConfigured
from archon.domain.profile import ModelProfile

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

    @property
    def source(self) -> str:
        """Whose thoughts are whose: provider and model."""
        return f"{self.provider.name}/{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Who can be asked: the keys, and the addresses that differ from the providers' own."""

    keys: ProviderKeys = ProviderKeys()
    base_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By provider, such as `{"ollama": "http://127.0.0.1:11434"}`."""
    rows: Callable[[], Rows] = shipped_rows
    """What models are assumed to be able to do. Raises: ConfigurationError."""

    def configured(self) -> tuple[Provider, ...]:
        """The providers that have a key, in the order in which a default is chosen."""
        return tuple(provider for provider in PROVIDERS if self.keys.of(provider))

    def base_url(self, provider: Provider) -> str:
        return (self.base_urls.get(provider.name) or provider.base_url).rstrip("/")

    def route(self, name: str, profile: ModelProfile | None = None) -> Route:
        """Where the model string `name` leads; with a `profile`, that one counts and no table.

        Raises: NoModelConfigured when it begins like no provider's, or the provider's key is missing;
        ConfigurationError for a table that cannot be read.
        """
        provider, model = split(name)
        if not provider.is_installed:
            raise NoModelConfigured(
                f"{name} needs {provider.label}, which is not installed.",
                hint=f"{provider.install_hint}, or choose another model.",
            )
        key = self.keys.of(provider)
        if provider.key_variable and not key:
            raise NoModelConfigured(
                f"{name} needs a key of {provider.label}, and none is set.",
                hint=f"Set {provider.key_variable}, or choose another model.",
            )
        return Route(
            provider=provider,
            model=model,
            profile=profile or self.profile(provider, model),
            base_url=self.base_url(provider),
            key=key,
        )

    def profile(self, provider: Provider, model: str) -> ModelProfile:
        """What a provider's model is assumed to be able to do, by its own name.

        Raises: ConfigurationError for a table that cannot be read.
        """
        row = best_row(self.rows(), f"{provider.name}/{model}")
        if row is None:
            raise LookupError(f"the table has no row for {provider.name}")
        is_told = row is not self.rows().get(f"{LITELLM.name}/")
        return row if is_told else self._passed_on(model) or row

    def _passed_on(self, model: str) -> ModelProfile | None:
        """What is left of a model's abilities on the way through LiteLLM; None where nobody knows it."""
        try:
            profile = self.profile(*split(model))
        except NoModelConfigured:
            return None
        return replace(
            profile,
            takes_cache_marks=False,
            takes_adaptive_thinking=False,
            wants_thoughts_back=False,
            takes_context_size=False,
            output_limit_field="max_tokens",
        )


def local_path(name: str, prefix: str) -> Path | None:
    """The path that a `scripted/FILE` or `manual/DIR` names; None for any other model string."""
    path = name.removeprefix(prefix)
    return Path(path).expanduser() if path and path != name else None


def canonical(name: str) -> str:
    """The one spelling of a model string. Raises: NoModelConfigured."""
    if local_path(name, SCRIPTED) or local_path(name, MANUAL):
        return name
    provider, model = split(name)
    return f"{provider.name}/{model}"


def split(name: str) -> tuple[Provider, str]:
    """Whose a model string is, and the model's own name. Raises: NoModelConfigured."""
    for provider in (*PROVIDERS, LITELLM):
        for prefix in provider.prefixes:
            model = name.removeprefix(prefix) if prefix.endswith("/") else name
            if name.startswith(prefix) and model:
                return provider, model
    prefixes = [prefix for provider in (*PROVIDERS, LITELLM) for prefix in provider.prefixes]
    known = ", ".join(f"{prefix}…" for prefix in (*prefixes, SCRIPTED, MANUAL))
    raise NoModelConfigured(
        f"No provider serves a model called {name!r}.", hint=f"Model names begin with {known}."
    )
