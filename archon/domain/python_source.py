"""Tells whether a text is Python, without running any of it."""

from __future__ import annotations

import ast
import warnings


def parses_as_python(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
