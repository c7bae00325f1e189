"""Which models can be had here and now, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from archon.domain.task import ModelChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What is configured and reachable at this moment."""

    strong: tuple[str, ...]
    """Default model strings of the providers that have a key, the best first."""
    quick: tuple[str, ...] = ()
    """The same providers' models for what is easy, in the same order."""
    ollama_models: tuple[str, ...] | None
    """Models that a local Ollama has; None when no Ollama answers."""


class Catalog(Protocol):
    async def offer(self) -> Offer:
        """Look at the configured keys and ask Ollama (at most a second). Never raises for a dead Ollama.

        Raises: ConfigurationError when the environment's proxies or certificates cannot be used.
        """
        ...

    def describe(self, name: str, *, why: str) -> ModelChoice:
        """The capabilities and price of a model string, known or not; no network.

        Raises: NoModelConfigured when the string names no provider or the provider's key is missing;
        ConfigurationError for a table of models that cannot be read.
        """
        ...
