"""Takes from a message what differs between two runs of the same fault."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable

from archon.domain.volatile_paths import steady_paths
from archon.domain.volatile_rules import RULES

MAX_MESSAGE_CHARS = 300
_MAX_READ_CHARS = MAX_MESSAGE_CHARS * 10
_MAX_SPELLED_CHARS = 4_000
_SET = re.compile(r"\{([^{}:]{1,1000})\}")
_VERSIONS = re.compile(r"\(from versions: [^)]*\)?")


def steady(message: str, root: str, *, spelled: str = "", more: Iterable[str] = ()) -> str:
    """A message as one line without places, addresses, times, temporary names and large numbers.

    Small numbers stay: they tell `KeyError: 3` from `KeyError: 4`; so does whatever the code at fault,
    `spelled`, says word for word. Paths below `root` become relative to it; of other absolute paths the
    last names stay. What is too long, and the further lines `more` in any order, count in a hash.
    """
    spelled = spelled[:_MAX_SPELLED_CHARS]
    text = _steady_line(message, root, spelled)
    rest = text[MAX_MESSAGE_CHARS:]
    further = sorted(filter(None, (_steady_line(line, root, spelled) for line in more)))
    if not rest and not further:
        return text
    return f"{text[:MAX_MESSAGE_CHARS]} [{digest(rest, *further)}]"


def digest(*texts: str) -> str:
    """A short name for these texts in this order: 8 hexadecimal digits."""
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]


def _steady_line(message: str, root: str, spelled: str) -> str:
    text = " ".join(message[:_MAX_READ_CHARS].split())
    text = _VERSIONS.sub("(from versions)", steady_paths(text, root, spelled))
    text = _SET.sub(lambda found: "{" + ", ".join(sorted(found[1].split(", "))) + "}", text)
    for pattern, replacement in RULES:
        text = pattern.sub(_replacer(replacement, spelled), text)
    return text


def _replacer(replacement: str, spelled: str) -> Callable[[re.Match[str]], str]:
    return lambda found: _kept(found, spelled) or found.expand(replacement)


def _kept(found: re.Match[str], spelled: str) -> str:
    """The text itself where the code says it as a whole word, else nothing."""
    if not spelled or found[0] not in spelled:
        return ""
    said = re.search(rf"(?<![\w.]){re.escape(found[0])}(?![\w.])", spelled)
    return found[0] if said else ""
