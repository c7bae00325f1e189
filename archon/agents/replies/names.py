"""Finds the file name that a reply gives to a fenced block: in its fence, above it, or in its first line."""

from __future__ import annotations

import re

from archon.agents.replies.claims import Claim
from archon.agents.replies.fences import Block
from archon.agents.replies.labels import LABEL_WORD, read_label, unmarked, without_at
from archon.agents.replies.languages import is_language, is_surely
from archon.agents.replies.mentions import from_talk
from archon.agents.replies.path_shape import is_bare_name, looks_like_path
from archon.agents.replies.wording import only_talks, speaks_of_part
from archon.domain.paths import normalised
from archon.domain.patterns import late

_FILE_ATTRIBUTE = late(
    r"""(?:^|[\s{,])(?:file_?name|file_?path|file|path)\s*[=:]\s*(?:"([^"]+)"|'([^']+)'|([^\s}"',]+))""",
    re.IGNORECASE,
)
_TITLE_ATTRIBUTE = late(
    r"""(?:^|[\s{,])(?:title|name|label)\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s}"',]+))""", re.IGNORECASE
)
_SEPARATED = late(r"([\w+#-]+)\s*[;|=,]\s*(\S.*)")
_WORDS = late(r"(\S+)\s+(\S.*)")
_BEFORE_NAME = late(r"^(?:(?://|#|[-–—|>]+|\{[\d,\s-]*\})\s+)+")
_LEAD_LINES = 50
_RULE = late(r"\s*(?:={3,}|-{3,})\s*")
_DECORATION = late(r"^[=─—#*-]{1,}\s+|\s+[=─—#*-]{2,}$")
_LINE_RANGE = late(r"\d+:\d+:")
"""`12:20:app.py`: a quotation of lines, as some editors' models write it."""
_COMMENT = late(
    r"\s*(?:#|//|--|;|%|/\*|<!--|\(\*|\"\"\"|'''|REM )\s*(.+?)\s*(?:\*/|-->|\*\)|\"\"\"|''')?\s*",
    re.IGNORECASE,
)


def claim(block: Block) -> Claim | None:
    """The name a block is given, safe or not; None when it has none or is only talked about."""
    if _LINE_RANGE.match(block.info):
        return None
    named = _from_info(block.info) or _from_lead(block)
    return named or _from_comment(block.content) or _from_first_line(block) or from_talk(block)


def other_name(block: Block, named: Claim) -> str | None:
    """A name of another file that the fence, the label or the first line gives to the block too."""
    claims = (_from_info(block.info), _from_lead(block), _from_comment(block.content))
    return next((one.path for one in claims if one and not _is_same(one.path, named.path)), None)


def _is_same(one: str, other: str) -> bool:
    """Whether one path is the other, or the end of it."""
    first, second = (f"/{normalised(path).lstrip('/')}" for path in (one, other))
    return first.endswith(second) or second.endswith(first)


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
    first = _SEPARATED.fullmatch(info)
    if first is None or not is_language(first[1]):
        if looks_like_path(info) and not is_bare_name(info) and "\t" not in info:
            return without_at(info)
        first = _WORDS.fullmatch(info)
    rest = _BEFORE_NAME.sub("", first[2]) if first else ""
    for name in (rest, rest.partition(" ")[0]):
        plain = name.strip("`\"'()[]{}#") if not name.startswith("[") or name.endswith("]") else name
        if looks_like_path(plain, known_only=False):
            return without_at(plain)
    return None


def _from_lead(block: Block) -> Claim | None:
    """The label above, also where a line of dashes or equals signs underlines it."""
    said = [line for line in block.lead[-_LEAD_LINES:] if line.strip()]
    if len(said) > 1 and _RULE.fullmatch(said[-1]):
        said.pop()
    return read_label(said[-1], block.language) if said else None


def _from_comment(content: str) -> Claim | None:
    """A first line that is a comment with a name; behind a `#!` or coding line also the second."""
    lines = content.split("\n", 3)
    is_second = lines[0].startswith(("#!", "<?php", "# -*-")) and len(lines) > 1
    first = lines[1] if is_second else lines[0]
    if first.strip() in ('"""', "'''") and len(lines) > 2 and lines[2].strip() == first.strip():
        first = f"# {lines[1]}"
    comment = _COMMENT.fullmatch(first.rstrip("\r")) if len(first) < 400 else None
    if comment is None:
        return None
    return _commented(_DECORATION.sub("", _DECORATION.sub("", comment[1])))


def _from_first_line(block: Block) -> Claim | None:
    """A first line that is nothing but a name, where the block's language is surely that file's."""
    first = block.content.partition("\n")[0].strip().rstrip(":")
    is_name = len(first) < 200 and looks_like_path(first) and is_surely(block.language, first)
    return Claim(first, "first line") if is_name and " " not in first else None


def _commented(text: str) -> Claim | None:
    word = LABEL_WORD.fullmatch(text)
    name, remark = unmarked(word[1] if word else text), ""
    if remarked := re.fullmatch(r"(\S+)\s+(\(.*\)|[-–—]\s.*)", name):
        name, remark = unmarked(remarked[1]), remarked[2]
    if not looks_like_path(name) or " " in name or only_talks(remark):
        return None
    return Claim(name, "comment", is_part=speaks_of_part(remark))
