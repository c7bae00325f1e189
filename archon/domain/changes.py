"""Tells a text that changes a file (a diff, a patch, search-and-replace blocks) from the file itself."""

from __future__ import annotations

import re

from archon.domain.placeholders import PROSE
from archon.domain.python_source import parses_as_python

_HUNK = r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@"
_SEARCH = r"<{5,9} ?(?:SEARCH|ORIGINAL|HEAD)\b"
_START = re.compile(
    rf"\s*(?:diff --git |--- \S[^\n]*\n\+\+\+ \S|{_HUNK}|\*\*\* Begin Patch$|{_SEARCH})", re.MULTILINE
)
_MARK = re.compile(rf"^(?:--- \S[^\n]*\n\+\+\+ \S|{_HUNK}|\*\*\* Begin Patch$|{_SEARCH})", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)


def is_change(content: str, path: str = "") -> bool:
    """Whether the content begins as a change, or holds one that is no example in a text or a program.

    `path` names the file that it is for; of a diff nothing but a diff is expected.
    """
    if path.endswith((".diff", ".patch")):
        return False
    if _START.match(content):
        return True
    if path.lower().endswith(PROSE):
        content = _FENCE.sub("", content)
    if not _MARK.search(content):
        return False
    return not (path.lower().endswith((".py", ".pyi")) and parses_as_python(content))
