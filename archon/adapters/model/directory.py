"""What is known of models without asking them, from the same tables and addresses as the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.listing import LISTING_TIMEOUT_S, look
from archon.adapters.model.profiles import PROVIDERS
from archon.adapters.model.route import canonical
from archon.domain.reach import ROW_MARK, Reach
from archon.domain.task import ModelChoice


@dataclass(frozen=True)
class ModelDirectory:
    """A `Directory` beside a catalog."""

    catalog: ModelCatalog
    timeout_s: float = LISTING_TIMEOUT_S

    async def look(self, names: Iterable[str] | None = None) -> tuple[Reach, ...]:
        """As the port says."""
        return await look(self.catalog.providers, names, timeout_s=self.timeout_s)

    def canonical(self, name: str) -> str:
        """As the port says."""
        return canonical(name)

    def outline(self, name: str) -> ModelChoice:
        """As the port says."""
        bare = name.removesuffix(ROW_MARK)
        asked = name if bare.endswith("/") else bare
        return replace(self.catalog.outline(asked), name=name)

    def defaults(self) -> tuple[str, ...]:
        """As the port says."""
        return tuple(provider.default_model for provider in PROVIDERS)

    def rows(self) -> tuple[str, ...]:
        """As the port says."""
        return tuple(f"{row}{ROW_MARK}" for row in sorted(self.catalog.providers.rows()))
