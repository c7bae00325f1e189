"""Looks at everything a task will need, and says what is wrong and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from archon.domain.errors import ArchonError, ConfigurationError
from archon.services.check_models import check_models
from archon.services.listing.register import ListedModel
from archon.services.output_directory import check_output_directory
from archon.services.platform import Platform
from archon.services.used_models import strays, troubles, used_models


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one part."""

    part: str
    is_well: bool
    found: str
    cure: str = ""
    """What to do; empty when all is well."""


async def examine(platform: Platform) -> list[Finding]:
    """The findings on models, sandbox, database, disk and output directory. Never raises for a part."""
    parts: dict[str, Callable[[Platform], Awaitable[str]]] = {
        "models": _models,
        "sandbox": _sandbox,
        "database": _database,
        "disk": _disk,
        "output": _output,
    }
    return [await _look(platform, part, look) for part, look in parts.items()]


async def _look(platform: Platform, part: str, look: Callable[[Platform], Awaitable[str]]) -> Finding:
    try:
        return Finding(part=part, is_well=True, found=await look(platform))
    except ArchonError as error:
        return Finding(part=part, is_well=False, found=error.message, cure=error.hint)


async def _models(platform: Platform) -> str:
    models = await used_models(platform)
    await check_models(platform, (model.choice.name for model in models))
    if faults := [*troubles(models), *strays(platform)]:
        raise ConfigurationError(
            " ".join(fault.message for fault in faults),
            hint=" ".join(dict.fromkeys(fault.hint for fault in faults if fault.hint)),
        )
    return "; ".join(map(_told, models))


def _told(model: ListedModel) -> str:
    price = "" if model.choice.price.is_known else ", price unknown"
    roles = " and ".join(model.roles)
    return f"{roles} {model.choice.name} ({model.choice.why}; {model.standing.state}, {model.basis}{price})"


async def _sandbox(platform: Platform) -> str:
    found = await platform.sandbox.probe()
    facts = [found.provider, found.filesystem, found.network, found.processes, found.user, found.limits]
    return "; ".join([*facts, *found.warnings])


async def _database(platform: Platform) -> str:
    rows = await platform.journal.rows(limit=1)
    newest = f"newest task {rows[0].id}" if rows else "no tasks yet"
    return f"{platform.data_directory}, {newest}"


async def _disk(platform: Platform) -> str:
    free = shutil.disk_usage(platform.data_directory).free
    return f"{free / 1e9:.1f} GB free"


async def _output(platform: Platform) -> str:
    return str(check_output_directory(platform.output_directory, roots=None))
