"""Settings by the beginning of a model string: which fit a model, and which can fit none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from archon.adapters.model.profiles import LITELLM, PROVIDERS
from archon.adapters.model.route import MANUAL, SCRIPTED, canonical
from archon.domain.errors import ConfigurationError, NoModelConfigured
from archon.domain.reach import ROW_MARK

PLAYED = (SCRIPTED, MANUAL)
WILD = "*"


def fitting(starts: Iterable[str], name: str) -> list[str]:
    """Those that a model string begins with, the shortest first, however both are spelled.

    Raises: NoModelConfigured.
    """
    said = canonical(name)
    found = [
        (len(spelled), len(start), start)
        for start in starts
        for spelled in _spelled(start)
        if said.startswith(spelled)
    ]
    return list(dict.fromkeys(start for *_, start in sorted(found)))


def check_beginnings(settings: Mapping[str, Iterable[str]]) -> None:
    """Look at the beginnings that settings, by their names, say something about.

    Raises: ConfigurationError for one that no model string begins with, whoever serves it.
    """
    for setting, starts in settings.items():
        for start in starts:
            if WILD in start or start.endswith(ROW_MARK):
                bare = start.partition(WILD)[0].rstrip(ROW_MARK)
                raise _wrong(setting, start, f"Write the beginning alone: {bare!r}.")
            if not _can_fit(start):
                known = ", ".join(f"{prefix}…" for prefix in _prefixes())
                raise _wrong(setting, start, f"{_meant(start)}Model names begin with {known}.")


def _wrong(setting: str, start: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"{setting} speaks of {start!r}, which no model's name begins with.", hint=hint)


def _can_fit(start: str) -> bool:
    try:
        canonical(start)
    except NoModelConfigured:
        return any(prefix.startswith(start) for prefix in (*_prefixes(), *_names()))
    return True


def _meant(start: str) -> str:
    """What was probably meant, before the other words of a hint."""
    first = start.strip().lower()
    near = get_close_matches(first.partition("/")[0] + "/", _prefixes(), n=1, cutoff=0.75)
    near = near or get_close_matches(first, _prefixes(), n=1, cutoff=0.6)
    return f"Did you mean {near[0]}…? " if near else ""


def _prefixes() -> list[str]:
    return [*(prefix for each in (*PROVIDERS, LITELLM) for prefix in each.prefixes), *PLAYED]


def _names() -> list[str]:
    """The beginnings of canonical names."""
    return [f"{each.name}/" for each in (*PROVIDERS, LITELLM)]


def _spelled(start: str) -> set[str]:
    """The beginnings of canonical names that the beginning of a model string means."""
    try:
        return {canonical(start)}
    except NoModelConfigured:
        longer = {
            f"{provider.name}/{'' if prefix.endswith('/') else start}"
            for provider in PROVIDERS
            for prefix in provider.prefixes
            if prefix.startswith(start)
        }
        return {start} | longer
