"""Tells content that is a whole file from a change to one or a file with parts left out."""

from __future__ import annotations

import ast
import re

from archon.agents.replies.python_source import parses_as_python
from archon.domain.patterns import late

_COMMENT = r"^[ \t]*(?:#|//|/\*|<!--|--|\{/\*|;)[ \t]*"
_END = r"[ \t.…]*(?:\*/\}?|-->)?[ \t\r]*$"
_ELLIPSIS = r"(?:\.\.\.|…)"
_NEAR = r"[^\n]{0,40}"
_LEFT_OUT = (
    r"(?:code|codes|file|content|contents|functions?|methods?|imports?|implementation|logic|routes?|class(?:es)?|tests?"
    r"|styles?|fields?|parts?|lines?)"
)
_PLACEHOLDERS = (
    rf"{_COMMENT}{_ELLIPSIS}[ \t]*(?:\*/\}}?|-->)?[ \t\r]*$",
    rf"{_COMMENT}{_ELLIPSIS}{_NEAR}\b(?:rest|existing|remaining|unchanged|same|previous|other|omitted|here|keep)\b",
    rf"{_COMMENT}{_NEAR}\b(?:rest of|remaining|existing|unchanged|other|previous)\b{_NEAR}{_ELLIPSIS}",
    rf"{_COMMENT}{_NEAR}\b(?:rest of|remaining|existing|other)\b{_NEAR}\b(?:unchanged|the same|as before)\b",
    rf"{_COMMENT}\W{{0,3}}(?:the )?(?:existing|previous|original) {_LEFT_OUT}{_END}",
    rf"{_COMMENT}\W{{0,3}}(?:the )?rest (?:of|is|stays|remains)\b{_NEAR}"
    rf"\b(?:{_LEFT_OUT}|unchanged|same){_END}",
    rf"{_COMMENT}\W{{0,3}}(?:the )?(?:existing|previous|remaining|other|rest of the) (?:\w+ )?{_LEFT_OUT} "
    rf"(?:here|go here|goes here|omitted|unchanged|stay|remain|follow){_END}",
    rf"{_COMMENT}\W{{0,3}}(?:\w+ ){{0,3}}(?:(?:same )?as (?:before|above|in the original)|unchanged)"
    rf"\W{{0,3}}{_END}",
    rf"{_COMMENT}{_NEAR}\b(?:omitted|left out|shortened|truncated|skipped|elided) "
    r"for (?:brevity|clarity|space)\b",
    rf"{_COMMENT}[-=<\[( ]*(?:snip|snipped|omitted|truncated)[-=>\]) ]*{_END}",
    r"^[ \t]*[\[<(](?:\.\.\.|…)[\])>][ \t\r]*$",
)
_PLACEHOLDER = late("|".join(_PLACEHOLDERS), re.IGNORECASE | re.MULTILINE)
_GAP = late(r"^(?:\.\.\.|…)[ \t\r]*$", re.MULTILINE)
_CHANGE = late(
    r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|^<{5,9} (?:SEARCH|ORIGINAL|HEAD)\b|^\*\*\* Begin Patch$"
    r"|\A\s*diff --git |\A\s*--- [^\n]*\n\+\+\+ ",
    re.MULTILINE,
)
_CODE_WORDS = "py pyi js jsx mjs cjs ts tsx go rs java kt rb php c h cc cpp hpp cs swift css scss sql sh"
_CODE = frozenset(_CODE_WORDS.split())
"""Extensions of files in which a line of three dots says that something is missing."""


def has_placeholder(content: str, ending: str = "") -> bool:
    """Whether a comment stands for code left out, such as `# ... rest of the code unchanged`.

    `ending` is the file's extension: in code, dots alone at the start of a line say the same.
    """
    if _PLACEHOLDER.search(content) is not None:
        return True
    return ending in _CODE and _GAP.search(content) is not None and not _is_in_text(content, ending)


def is_change(content: str, ending: str = "") -> bool:
    """Whether it is a diff, a patch or a search-and-replace block, or code with + and - before its lines."""
    return _CHANGE.search(content) is not None or (ending in _CODE and _is_marked_up(content))


def _is_marked_up(content: str) -> bool:
    lines = [line for line in content.split("\n") if line.strip()]
    marks = {line[0] for line in lines}
    return {"+", "-"} <= marks <= {"+", "-", " "}


def _is_in_text(content: str, ending: str) -> bool:
    """Whether all the dots stand in texts of a Python program."""
    if ending not in ("py", "pyi") or not parses_as_python(content):
        return False
    return not any(
        isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and part.value.value is ...
        for part in ast.parse(content).body
    )
