"""Finds a file's name that is only mentioned: in the sentence above a block, or in a heading further up."""

from __future__ import annotations

import re

from archon.agents.replies.claims import Claim
from archon.agents.replies.fences import Block
from archon.agents.replies.labels import read_label
from archon.agents.replies.languages import fits, is_surely
from archon.agents.replies.path_shape import looks_like_path
from archon.agents.replies.wording import leads_inside, only_talks, speaks_of_part

_MAX_LINE = 400
_HEADING_LINES = 4
"""How many lines with text above a block are searched for its heading."""
_MENTION = re.compile(r"`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<= )([\w./-]{1,200})(?=:\s*$)")
_LABEL_END = re.compile(r"[\s:.]*|\s*(?:\(.*\)|with|as follows|looks? like|contains?|should).*:\s*|.{0,80}:")
"""What may follow the name in a sentence that presents the block as the file."""


def from_talk(block: Block) -> Claim | None:
    """The claim that the sentence above makes for a block, or a heading with a description between."""
    said = [line.strip() for line in block.lead if line.strip()]
    if not said or len(said[-1]) > _MAX_LINE:
        return None
    return _from_sentence(said[-1], block.language) or _from_heading(said[-_HEADING_LINES:], block.language)


def _from_sentence(line: str, language: str) -> Claim | None:
    mentions = [match for match in _MENTION.finditer(line) if looks_like_path(_name(match))]
    if len(mentions) != 1:
        return None
    name, before, after = _name(mentions[0]), line[: mentions[0].start()], line[mentions[0].end() :]
    is_talk = only_talks(before) or only_talks(after) or not fits(language, name)
    if is_talk or not _LABEL_END.fullmatch(after):
        return None
    is_part = leads_inside(before) or speaks_of_part(before) or speaks_of_part(after)
    return Claim(name, "sentence", is_part)


def _name(mention: re.Match[str]) -> str:
    return str(mention[1] or mention[2] or mention[3]).strip()


def _from_heading(said: list[str], language: str) -> Claim | None:
    """The nearest heading, when the block's language is surely that file's and the text between harmless."""
    between = ""
    for line in reversed(said):
        if line.startswith(("#", "**", "`")) and (label := read_label(line, language)):
            if only_talks(between) or not is_surely(language, label.path):
                return None
            return Claim(label.path, "heading", label.is_part or speaks_of_part(between))
        between = f"{line} {between}"
    return None
