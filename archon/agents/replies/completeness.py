"""Tells content that is a whole file from a change to one or a file with parts left out."""

from __future__ import annotations

import re

_COMMENT = r"^[ \t]*(?:#|//|/\*|<!--|--|\{/\*|;)[ \t]*"
_ELLIPSIS = r"(?:\.\.\.|…)"
_NEAR = r"[^\n]{0,40}"
_PLACEHOLDERS = (
    rf"{_COMMENT}{_ELLIPSIS}[ \t]*(?:\*/\}}?|-->)?[ \t\r]*$",
    rf"{_COMMENT}{_ELLIPSIS}{_NEAR}\b(?:rest|existing|remaining|unchanged|same|previous|other|omitted|here|keep)\b",
    rf"{_COMMENT}{_NEAR}\b(?:rest of|remaining|existing|unchanged|other)\b{_NEAR}{_ELLIPSIS}",
    rf"{_COMMENT}{_NEAR}\b(?:rest of|remaining|existing|other)\b{_NEAR}\b(?:unchanged|the same|as before)\b",
)
_PLACEHOLDER = re.compile("|".join(_PLACEHOLDERS), re.IGNORECASE | re.MULTILINE)
_CHANGE = re.compile(
    r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|^<{5,9} (?:SEARCH|ORIGINAL|HEAD)\b|^\*\*\* Begin Patch$",
    re.MULTILINE,
)


def has_placeholder(content: str) -> bool:
    """Whether a comment stands for code left out, such as `# ... rest of the code unchanged`."""
    return _PLACEHOLDER.search(content) is not None


def is_change(content: str) -> bool:
    """Whether it is a diff, a patch or a search-and-replace block."""
    return _CHANGE.search(content) is not None
