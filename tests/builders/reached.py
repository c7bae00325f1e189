"""A platform whose providers are known to say this or that when they are asked for their models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from archon.adapters.model.catalog import ModelCatalog
from archon.adapters.model.directory import ModelDirectory
from archon.adapters.model.route import ProviderKeys, Providers
from archon.domain.parameters import Layer
from archon.domain.reach import Reach, State
from archon.services.platform import Platform, RoleModels
from tests.builders.platform import build_platform, scripted

LABELS = {"ollama": "Ollama", "groq": "Groq", "anthropic": "Anthropic"}
ROLES = RoleModels(planner="ollama/gemma:2b", coder="ollama/gemma:2b", fixer="groq/new-model")


@dataclass(frozen=True)
class Known(ModelDirectory):
    """A directory of providers of which it is known what they would say."""

    reached: tuple[Reach, ...] = ()

    async def look(self, names: Iterable[str] | None = None) -> tuple[Reach, ...]:
        wanted = None if names is None else set(names)
        return tuple(each for each in self.reached if wanted is None or each.provider in wanted)


def reach(provider: str, state: State = "reachable", models: tuple[str, ...] | None = None) -> Reach:
    return Reach(
        provider=provider,
        label=LABELS[provider],
        state=state,
        cure="" if state == "reachable" else f"Mend {provider}.",
        models=models,
        get_hint="Get it with `ollama pull {model}`." if provider == "ollama" else "",
    )


def world(folder: Path, *reached: Reach, roles: RoleModels = ROLES, params: Layer | None = None) -> Platform:
    """With keys of Anthropic and Groq; `params` are those by model."""
    platform = build_platform(folder, scripted())
    keys = ProviderKeys(anthropic="k", groq="k")
    providers = Providers(keys=keys, base_urls={"ollama": "http://127.0.0.1:9"})
    catalog = ModelCatalog(providers, platform.clock, params=params or {})
    return replace(platform, catalog=catalog, directory=Known(catalog, reached=reached), roles=roles)
