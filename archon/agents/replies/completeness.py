"""Tells content that is a whole file from a change to one or a file with parts left out."""

from __future__ import annotations

import ast
import re

from archon.domain import changes
from archon.domain.patterns import late
from archon.domain.placeholders import PROSE, doctest_lines, placeholder
from archon.domain.python_source import parses_as_python

_GAP = late(r"^(?:\.\.\.|…)[ \t\r]*$", re.MULTILINE)
_DOTS = (".", "…")
_CODE_WORDS = "py pyi js jsx mjs cjs ts tsx go rs java kt rb php c h cc cpp hpp cs swift css scss sql sh"
_CODE = frozenset(_CODE_WORDS.split())
"""Extensions of files in which a line of three dots says that something is missing."""


def has_placeholder(content: str, ending: str = "") -> bool:
    """Whether a comment stands for code left out, such as `# ... rest of the code unchanged`.

    `ending` is the file's extension: in code, dots alone at the start of a line say the same.
    """
    lines = content.split("\n")
    real = doctest_lines(lines)
    if any(_stands_for_lines(line, f".{ending}") for at, line in enumerate(lines) if at not in real):
        return True
    return ending in _CODE and _GAP.search(content) is not None and not _is_in_text(content, ending)


def _stands_for_lines(line: str, path: str) -> bool:
    """Whether it is a comment for lines left out, or marked as a gap; dots alone may be text."""
    text = line.strip()
    is_marked = text.startswith(("<", "[")) if path.endswith(PROSE) else not text.startswith(_DOTS)
    return is_marked and placeholder(line, path) == "surely"


def is_change(content: str, ending: str = "") -> bool:
    """Whether it is a diff, a patch or a search-and-replace block, or code with + and - before its lines."""
    return changes.is_change(content, f".{ending}") or (ending in _CODE and _is_marked_up(content))


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
