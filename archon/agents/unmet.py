"""How an agent says that no program can meet the objective."""

from __future__ import annotations

import re

from archon.agents.replies.thoughts import without_later_thoughts, without_thoughts
from archon.domain.patterns import late
from archon.domain.values import JsonObject

_WORDS = r"[ \t`*_#>-]*+CANNOT BE MET[`*_]*[ \t]*[:\-–—][`*_ \t]*(\S.*?)\s*\Z"
_LINE = late(rf"^{_WORDS}", re.IGNORECASE | re.DOTALL | re.MULTILINE)
_WHOLE = late(rf"\s*{_WORDS}", re.IGNORECASE | re.DOTALL)
_LONGEST_CHARS = 600


_NOTHING = frozenset({"", "none", "n/a", "na", "no", "null", "nil", "nothing", "false", "not applicable"})
"""What models put into an argument that they should have left out."""


def said(text: str) -> str:
    """What a reply says, without what its model thought aloud."""
    return without_later_thoughts(without_thoughts(text))


def given_as_unmet(arguments: JsonObject) -> str:
    """Why the objective cannot be met, as a call's `unmet` says; empty where it says nothing."""
    text = str(arguments.get("unmet") or "").strip()
    return "" if text.strip(" .-`*'\"()").lower() in _NOTHING else text[:_LONGEST_CHARS]


def read_unmet(text: str, *, is_all: bool) -> str:
    """Why the objective cannot be met; empty where that is not said.

    A reply says so by beginning with it, or, where that need not be all of it, by beginning a line with it.
    """
    found = _WHOLE.match(text) if is_all else _LINE.search(text)
    return found[1][:_LONGEST_CHARS] if found else ""
