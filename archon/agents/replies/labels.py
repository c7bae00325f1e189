"""Reads a line that is nothing but a file's name, perhaps marked up and with a remark behind it."""

from __future__ import annotations

import re

from archon.agents.replies.claims import Claim
from archon.agents.replies.languages import fits
from archon.agents.replies.path_shape import looks_like_path
from archon.agents.replies.wording import only_talks, speaks_of_part

LABEL_WORD = re.compile(
    r"(?:new |updated |full )?(?:file ?name|file ?path|file|path|datei|dateiname|fichier|archivo)\s*:\s*(.+)",
    re.IGNORECASE,
)
_MAX_LINE = 400
_HTML = re.compile(r"</?(?:b|strong|code|summary|details|em|i|p|h[1-6])>", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:#{1,6}\s+|>\s+|[-*+]\s+|(?:step\s+)?\d{1,3}[.):]\s+|[=─—-]{2,}\s+)+", re.IGNORECASE
)
_MARKED = re.compile(r"(?:\*\*|`|\[|\")+(?P<name>[^`*\"\]]+?):?(?:\*\*|`|\]|\")+:?\s*(?P<rest>.*)")
_ORDER = re.compile(r"^(?:(?:step )?\d{1,3}[.):]\s*|(?:create|write|new file|file)\s+)+", re.IGNORECASE)


def read_label(line: str, language: str) -> Claim | None:
    """The claim of a label above a block of that language; None when the line says anything else."""
    if len(line) > _MAX_LINE:
        return None
    plain = _LEADING.sub("", _HTML.sub("", line).strip()).strip()
    if word := LABEL_WORD.fullmatch(plain.replace("**", "")):
        return Claim(_labelled(word[1]), "label")
    if marked := _MARKED.match(plain):
        return _label(marked["name"], marked["rest"], language)
    name, _, rest = re.sub(r"\s*[=─—-]{2,}$", "", plain).partition(" (")
    return _label(unmarked(name), rest and f"({rest}", language)


def unmarked(text: str) -> str:
    """A name without quotes, asterisks and the colon behind it."""
    return text.strip(" \t`*\"'").rstrip(":").strip(" \t`*\"'")


def _label(name: str, remark: str, language: str) -> Claim | None:
    named = _ORDER.sub("", name.strip())
    is_remark = not remark or remark.startswith(("(", "[", "–", "—", ":", "-"))
    if not looks_like_path(named) or not is_remark or only_talks(remark):
        return None
    if not fits(language, named) and not named.startswith(("~", "/", "..")):
        return None
    return Claim(named, "label", is_part=speaks_of_part(remark))


def _labelled(text: str) -> str:
    """What a `File:` label names, without a remark behind it."""
    name, remark, _ = re.split(r"(\s+(?:\(|[-–—] ).*|$)", text, maxsplit=1)
    return unmarked(name if looks_like_path(unmarked(name)) else name + remark)
