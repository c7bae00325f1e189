"""Finds the single script of a reply that names no file."""

from __future__ import annotations

import ast
import re

from archon.agents.replies.fences import Block, parses_as_python
from archon.agents.replies.languages import extension, fits, is_patch, is_plain, is_surely, is_talk

_COMMAND = re.compile(
    r"\s*(?:[$>%] |(?:pip|npm|npx|python3?|cd|git|uv|apt|brew|docker|curl|node|pytest|make)\s)"
)
_CORRECTION = re.compile(
    r"\b(?:correct(?:ed|ion)|fixed|updated|revised|final|improved|oops|sorry|instead|better)\b", re.IGNORECASE
)


def find_default(text: str, blocks: tuple[Block, ...], name: str) -> str | None:
    """The script's content; None when there is none or several without a decision between them."""
    if not blocks:
        return text if extension(name) == "py" and _is_program(text) else None
    fitting = [block for block in blocks if _could_be(block, name, is_alone=len(blocks) == 1)]
    surely = [block for block in fitting if is_surely(block.language, name)] or fitting
    if any(block.ending in ("overrun", "ambiguous") for block in surely):
        return None
    if len({block.content for block in surely}) == 1 or (surely and _is_correction(surely[-1])):
        return surely[-1].content
    return None


def _could_be(block: Block, name: str, *, is_alone: bool) -> bool:
    if is_patch(block.language) or is_talk(block.language) or not fits(block.language, name):
        return False
    if not is_plain(block.language):
        return True
    if "├──" in block.content or _COMMAND.match(block.content):
        return False
    return is_alone or _looks_like(block.content, name)


def _looks_like(content: str, name: str) -> bool:
    """Whether content without a language is that kind of program."""
    if extension(name) == "py":
        return _is_program(content)
    return content.startswith("#!")


def _is_program(source: str) -> bool:
    """Whether it is Python that does something: prose of one word would parse too."""
    if not parses_as_python(source):
        return False
    trivial = (ast.Name, ast.Constant, ast.Tuple, ast.Attribute)
    body = ast.parse(source).body
    return any(not (isinstance(part, ast.Expr) and isinstance(part.value, trivial)) for part in body)


def _is_correction(block: Block) -> bool:
    return _CORRECTION.search(" ".join(block.lead)) is not None
