"""Regular expressions that cost nothing before they are used."""

from __future__ import annotations

import re
from typing import Any, cast


class _Late:
    """Stands for a pattern. Each method of it is looked up once, which compiles it."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._pattern, self._flags), name)
        setattr(self, name, found)
        return found


def late(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, which takes up to 10 ms of CPU for a long one: paid when it is first asked.

    For use by its methods; the functions of `re` do not take it.
    """
    return cast("re.Pattern[str]", _Late(pattern, flags))
