"""Finds the single script of a reply that names no file."""

from __future__ import annotations

import ast
import re

from archon.agents.replies.completeness import has_placeholder, is_change
from archon.agents.replies.fences import Block
from archon.agents.replies.languages import extension, fits, is_patch, is_plain, is_surely, is_talk
from archon.agents.replies.wording import presents_other
from archon.domain.python_source import python_body

_COMMAND = re.compile(
    r"\s*(?:[$>%] |(?:pip|npm|npx|python3?|cd|git|uv|apt|brew|docker|curl|node|pytest|make)\s)"
)
_FRAGMENT = re.compile(r"(?:[ \t]*\n)*(?:[ \t]+\S|>>> )")
"""Python that starts indented or with a prompt."""
_STATEMENT = re.compile(
    r"^(?:import|from|def|class|if|for|while|with|try|async|print|@|\w+ = )", re.MULTILINE
)
_USAGE = re.compile(r"\b(?:usage|examples?|outputs?|(?:test|try) it)\b", re.IGNORECASE)
_CORRECTION = re.compile(
    r"\b(?:correct(?:ed|ion)|fixed|updated|revised|final|improved|oops|sorry|instead|better)\b", re.IGNORECASE
)


def find_default(text: str, blocks: tuple[Block, ...], name: str) -> str | None:
    """The script's content; None when there is none or several without a decision between them."""
    if not blocks:
        return text if extension(name) == "py" and _is_program(text) else None
    fitting = [block for block in blocks if _could_be(block, name, is_alone=len(blocks) == 1)]
    surely = [block for block in fitting if is_surely(block.language, name)] or fitting
    surely = [block for block in surely if not _is_shown(block)] or surely
    if any(block.ending in ("overrun", "ambiguous") for block in surely):
        return None
    if len({block.content for block in surely}) != 1 and not (surely and _is_correction(surely[-1])):
        return None
    content = surely[-1].content
    is_part = has_placeholder(content, extension(name)) or is_change(content, extension(name))
    return None if is_part else content


def _could_be(block: Block, name: str, *, is_alone: bool) -> bool:
    if presents_other(next((line for line in reversed(block.lead) if line.strip()), "")):
        return False
    if is_patch(block.language) or is_talk(block.language) or not fits(block.language, name):
        return False
    if extension(name) == "py" and _FRAGMENT.match(block.content):
        return False
    if not is_plain(block.language):
        return True
    if "├──" in block.content or _COMMAND.match(block.content):
        return False
    return _looks_like(block.content, name, is_alone=is_alone)


def _looks_like(content: str, name: str, *, is_alone: bool) -> bool:
    """Whether content without a language is that kind of program; alone, it may be a faulty one."""
    if extension(name) == "py":
        return _is_program(content) or (is_alone and _STATEMENT.search(content) is not None)
    return is_alone or content.startswith("#!")


def _is_shown(block: Block) -> bool:
    """Whether the line above presents it as a use of the program or something else beside it."""
    said = next((line for line in reversed(block.lead) if line.strip()), "")
    return _USAGE.search(said[-400:]) is not None and _CORRECTION.search(said[-400:]) is None


def _is_program(source: str) -> bool:
    """Whether it is Python that does something: a word, or data in JSON, would parse too."""
    body = python_body(source)
    trivial = (ast.Name, ast.Constant, ast.Tuple, ast.Attribute, ast.Dict, ast.List, ast.Set)
    if body is None:
        return False
    return any(not (isinstance(part, ast.Expr) and isinstance(part.value, trivial)) for part in body)


def _is_correction(block: Block) -> bool:
    return _CORRECTION.search(" ".join(block.lead)) is not None
