"""Finds the file name that a reply gives to a fenced block: in its fence, above it, or in its first line."""

from __future__ import annotations

import re

from archon.agents.replies.claims import Claim
from archon.agents.replies.fences import Block
from archon.agents.replies.labels import LABEL_WORD, read_label, unmarked
from archon.agents.replies.mentions import from_talk
from archon.agents.replies.path_shape import is_bare_name, looks_like_path

_FILE_ATTRIBUTE = re.compile(
    r"""(?:^|[\s{,])(?:file_?name|file_?path|file|path)\s*[=:]\s*(?:"([^"]+)"|'([^']+)'|([^\s}"',]+))""",
    re.IGNORECASE,
)
_TITLE_ATTRIBUTE = re.compile(
    r"""(?:^|[\s{,])(?:title|name|label)\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s}"',]+))""", re.IGNORECASE
)
_LINE_RANGE = re.compile(r"\d+:\d+:")
"""`12:20:app.py`: a quotation of lines, as some editors' models write it."""
_COMMENT = re.compile(
    r"\s*(?:#|//|--|;|%|/\*|<!--|\(\*|\"\"\"|REM )\s*(.+?)\s*(?:\*/|-->|\*\)|\"\"\")?\s*", re.IGNORECASE
)


def claim(block: Block) -> Claim | None:
    """The name a block is given, safe or not; None when it has none or is only talked about."""
    if _LINE_RANGE.match(block.info):
        return None
    return _from_info(block.info) or _from_lead(block) or _from_comment(block.content) or from_talk(block)


def _from_info(info: str) -> Claim | None:
    name = _attribute(info) or _behind_colon(info) or _behind_language(info)
    return Claim(name, "fence") if name else None


def _attribute(info: str) -> str | None:
    if file := _FILE_ATTRIBUTE.search(info):
        return str(file[1] or file[2] or file[3]).strip()
    if title := _TITLE_ATTRIBUTE.search(info):
        text = str(title[1] or title[2] or title[3]).strip()
        return text if looks_like_path(text) else None
    return None


def _behind_colon(info: str) -> str | None:
    language, _, behind = info.partition(":")
    name = behind.strip()
    is_named = re.fullmatch(r"[\w+#-]{2,}", language) and looks_like_path(name, known_only=False)
    return name if is_named else None


def _behind_language(info: str) -> str | None:
    if looks_like_path(info) and not is_bare_name(info):
        return info
    rest = re.sub(r"^(?://|#)\s*", "", info.partition(" ")[2].strip())
    for name in (rest, rest.partition(" ")[0]):
        if looks_like_path(name.strip("`\"'()[]"), known_only=False):
            return name.strip("`\"'()[]")
    return None


def _from_lead(block: Block) -> Claim | None:
    line = next((line for line in reversed(block.lead) if line.strip()), "")
    return read_label(line, block.language)


def _from_comment(content: str) -> Claim | None:
    """A first line that is a comment with nothing but a name; behind a `#!` line also the second."""
    lines = content.split("\n", 2)
    first = lines[1] if lines[0].startswith(("#!", "<?php")) and len(lines) > 1 else lines[0]
    comment = _COMMENT.fullmatch(first.rstrip("\r")) if len(first) < 400 else None
    if comment is None:
        return None
    word = LABEL_WORD.fullmatch(comment[1])
    name = unmarked(word[1] if word else comment[1])
    return Claim(name, "comment") if looks_like_path(name) and " " not in name else None
