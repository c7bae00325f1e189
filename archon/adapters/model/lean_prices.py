"""The price list without what fetches newer ones, whose HTTP client takes 15 ms of CPU and 2 MB to import."""

from __future__ import annotations

import sys
from types import ModuleType

_FETCHING = "genai_prices.update_prices"
_ITS_NAMES = ("UpdatePrices", "wait_prices_updated_async", "wait_prices_updated_sync")


def _load() -> None:
    """Import the list over a stand-in; over the real thing where it needs more than that has."""
    if "genai_prices" in sys.modules:
        return
    stand_in = ModuleType(_FETCHING, "A stand-in: see archon.adapters.model.lean_prices.")
    stand_in.__dict__.update(dict.fromkeys(_ITS_NAMES))
    sys.modules[_FETCHING] = stand_in
    try:
        import genai_prices.data_snapshot  # noqa: F401
    except (ImportError, AttributeError, TypeError):
        for name in [each for each in sys.modules if each.partition(".")[0] == "genai_prices"]:
            del sys.modules[name]
    finally:
        sys.modules.pop(_FETCHING, None)


_load()

from genai_prices.data_snapshot import find_provider_by_id, get_snapshot  # noqa: E402
from genai_prices.types import TimeOfDateConstraint  # noqa: E402

__all__ = ["TimeOfDateConstraint", "find_provider_by_id", "get_snapshot"]
