"""What is known of models without asking them: who serves them, what they can do, who can be had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from archon.domain.reach import Reach
from archon.domain.task import ModelChoice


class Directory(Protocol):
    async def look(self, names: Iterable[str] | None = None) -> tuple[Reach, ...]:
        """Ask the providers of these names, or all, at the same time, which models they have.

        Takes about two seconds at most and costs nothing: a provider without a key is not asked. Never
        raises: who cannot be had, for whatever reason, has it as a cure. No text that it returns holds a
        key, and names of nobody are passed over.
        """
        ...

    def canonical(self, name: str) -> str:
        """The one spelling of a model string: its provider's name, a slash, the model's own name.

        Raises: NoModelConfigured when the string names no provider.
        """
        ...

    def outline(self, name: str) -> ModelChoice:
        """What a model, or a row, is assumed to be able to do, its price and its parameters as settings
        say them by model; no network, no key needed.

        Raises: NoModelConfigured when the string names no provider; ConfigurationError for a table of
        models that cannot be read.
        """
        ...

    def defaults(self) -> tuple[str, ...]:
        """The model string that each provider is asked by default, the strongest first."""
        ...

    def rows(self) -> tuple[str, ...]:
        """Every known row: `provider/`, the beginning of models' own names, and `ROW_MARK`.

        Raises: ConfigurationError.
        """
        ...
