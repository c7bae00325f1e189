"""How an agent says that no program can meet the objective."""

from __future__ import annotations

import re

_LINE = re.compile(
    r"^[ \t`*_#>-]*+CANNOT BE MET[`*_]*[ \t]*[:\-–—][`*_ \t]*(\S.*?)\s*\Z", re.IGNORECASE | re.DOTALL | re.M
)
_LONGEST_CHARS = 600


def read_unmet(text: str) -> str:
    """Why the objective cannot be met, by a reply that begins a line with it; empty where none does."""
    found = _LINE.search(text)
    return found[1][:_LONGEST_CHARS] if found else ""
