"""Reads whole files out of a reply: what is surely one is taken, what may not be written is named."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from archon.agents.replies.claims import Claim
from archon.agents.replies.completeness import has_placeholder, is_change
from archon.agents.replies.default_file import find_default
from archon.agents.replies.fences import Block, split_blocks
from archon.agents.replies.languages import extension, is_patch, is_talk
from archon.agents.replies.names import claim, other_name
from archon.agents.replies.thoughts import without_thoughts
from archon.agents.replies.wording import presents_other
from archon.domain.paths import normalised, refusal


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A block that claims to be a file but may not or cannot be written."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FilesReply:
    files: dict[str, str]
    """Safe relative path → whole content. Of several versions the last."""
    refused: tuple[RefusedFile, ...]
    is_cut: bool = False
    """Whether the last block, or the thinking, never ends: its file is in `files` as far as it came."""


_TRACEBACK = "Traceback (most recent call last)"
_PART = "it is given as a part: give the whole file"
_OTHER = "the words above present it as a version that is not meant: give the one that is"


def parse_files(reply: str, *, default_name: str | None) -> FilesReply:
    """The files a reply carries in fenced blocks.

    `default_name` is the file of a reply with a single script and no name. Commands, quoted output and
    folder trees are passed over; unsafe paths, changes and excerpts are refused with a reason and the
    rest is used. An excerpt of a file that is there as a whole is an explanation, and passed over too.
    Nothing is written anywhere.
    """
    text = without_thoughts(reply)
    split = split_blocks(text)
    blocks = split.blocks
    claims = [claim(block) for block in blocks]
    taken = _Taken()
    for block, named in zip(blocks, claims, strict=True):
        if named is not None and not _is_shown(block, named):
            taken.take(block, named)
    if default_name is not None and not any(claims):
        content = find_default(split.said, blocks, default_name)
        taken.files |= {default_name: content} if content is not None else {}
    is_silent = bool(reply.strip()) and not text.strip()
    is_cut = is_silent or split.is_endless or (bool(blocks) and blocks[-1].ending == "cut")
    return FilesReply(taken.files, taken.complaints(), is_cut)


@dataclass(slots=True)
class _Taken:
    """What has been read so far."""

    files: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    spellings: dict[str, str] = field(default_factory=dict)
    """The path that was taken for each way in which a path looks."""
    refused: list[RefusedFile] = field(default_factory=list)

    def take(self, block: Block, named: Claim) -> None:
        path = normalised(named.path)
        reason = refusal(named.path) or _content_refusal(block, named) or self._clash(path)
        if reason is None and (other := other_name(block, named)) is not None:
            reason = f"it is also named {other[:80]}: give it one name"
        if reason is not None:
            self.refused.append(RefusedFile(named.path, reason))
            return
        self.files[path] = _without_name_comment(block.content, path, named)
        self.folders |= set(_folders(path))
        self.spellings[unicodedata.normalize("NFC", path)] = path

    def _clash(self, path: str) -> str | None:
        """A name cannot be a file and a folder at once, nor two files look alike."""
        if path in self.folders or any(folder in self.files for folder in _folders(path)):
            return "it would have to be a file and a folder at once"
        if self.spellings.get(unicodedata.normalize("NFC", path), path) != path:
            return "another file of the reply has a name that looks the same"
        return None

    def complaints(self) -> tuple[RefusedFile, ...]:
        explained = {RefusedFile(path, reason) for path in self.files for reason in (_PART, _OTHER)}
        return tuple(
            file for file in self.refused if RefusedFile(normalised(file.path), file.reason) not in explained
        )


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _is_shown(block: Block, named: Claim) -> bool:
    """Whether the block shows what was typed or printed about a file."""
    is_output = is_talk(block.language) or "├──" in block.content or _is_traceback(block.content, named.path)
    return named.source != "fence" and is_output


def _is_traceback(content: str, path: str) -> bool:
    return extension(path) not in ("txt", "log", "md") and content.lstrip().startswith(_TRACEBACK)


def _content_refusal(block: Block, named: Claim) -> str | None:
    if block.ending == "overrun":
        return "its block is not closed before the next one starts"
    if block.ending == "ambiguous":
        return "it cannot be told where it ends: fence it with more backticks than any fence inside it"
    if extension(named.path) not in ("diff", "patch"):
        if is_patch(block.language) or is_change(block.content, extension(named.path)):
            return "it is given as a change: give the whole file"
        if has_placeholder(block.content, extension(named.path)):
            return "a placeholder stands for a part of it: give the whole file"
    if presents_other(_words_above(block, named)):
        return _OTHER
    return _PART if named.is_part else None


def _words_above(block: Block, named: Claim) -> str:
    """The last line above a block that is not only its name."""
    said = [line for line in block.lead if line.strip()]
    if named.source == "label":
        said = said[:-1]
    return said[-1] if said else ""


def _without_name_comment(content: str, path: str, named: Claim) -> str:
    """Without a first line that only names the file and is no comment, or one that JSON does not take."""
    is_bare = named.source == "first line"
    if is_bare or (named.source == "comment" and extension(path) == "json"):
        return content.partition("\n")[2]
    return content
