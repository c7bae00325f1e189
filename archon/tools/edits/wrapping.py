"""Wrapping that only the new text of a request has: taken off where it cannot be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.tools.edits.escapes import has_line_end_in_code, outside_quotes
from archon.tools.edits.lines import is_blank, lines_of
from archon.tools.edits.listing import Listing, is_surely_listing, without_numbers
from archon.tools.edits.readings import unfenced

MARKDOWN = (".md", ".markdown", ".mdx", ".rst", ".txt")
_MARK = re.compile(r"^(?:<{7} ?(?:SEARCH|ORIGINAL|OLD)?|>{7} ?(?:REPLACE|UPDATED|NEW)?|={7})$")
_WORD = re.compile(r"\w+")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39);")
_RAW_SIGN = re.compile(r"[<>]|&(?!\w+;|#)")
_MARKUP = (*MARKDOWN, ".html", ".htm", ".xml", ".svg", ".tsx", ".jsx", ".vue", ".svelte", ".js", ".ts", ".j2")
_TABLES = (".tsv", ".csv", ".tab")
_CODE_WORDS = (
    "py pyi js jsx mjs ts tsx go rs java kt rb php c h cc cpp cs swift css scss sql sh yml yaml json"
)
_CODE = tuple(f".{word}" for word in _CODE_WORDS.split())


@dataclass(frozen=True, slots=True)
class OwnNew:
    text: str
    note: str = ""


def own_new(old: str, new: str, path: str, body: str) -> OwnNew | None:
    """The new text without wrapping that the old text does not have; None if it may or may not be meant.

    `body` is the file's text.
    """
    inner = unfenced(new)
    if inner is not None and "```" not in old and not path.lower().endswith(MARKDOWN):
        return OwnNew(inner, "took a fence off new") if _is_wrapped(inner, old, path, body) else None
    if _has_mark(new) and not _has_mark(old):
        return None
    if _is_escaped(old, new, path):
        return None
    if not has_entities(old) and is_escaped_markup(new, path):
        return None
    return OwnNew(new) if path.lower().endswith(_TABLES) else _unnumbered(old, new, path)


def is_code(path: str) -> bool:
    return path.lower().endswith(_CODE)


def has_entities(text: str) -> bool:
    return _ENTITY.search(text) is not None


def is_escaped_markup(text: str, path: str) -> bool:
    """Whether code was written as if for a web page: all its signs as entities, outside of quotes."""
    if path.lower().endswith(_MARKUP) or not has_entities(text):
        return False
    return has_entities(outside_quotes(text)) and not _RAW_SIGN.search(text)


def _is_wrapped(inner: str, old: str, path: str, body: str) -> bool:
    """Whether the fence surely stands around the text and is no part of it: the file has none of its own."""
    words, own = set(_WORD.findall(inner)), set(_WORD.findall(old))
    is_like = bool(own) and len(words & own) >= 0.3 * len(own)
    return "```" not in body and "~~~" not in body and (is_like or is_code(path))


def _is_escaped(old: str, new: str, path: str) -> bool:
    """Whether line ends of new alone were escaped on their way."""
    if "\n" in new.strip("\n") or "\\n" in old:
        return False
    if new.endswith("\\n") and old.endswith("\n"):
        return True
    return not path.lower().endswith((*MARKDOWN, ".tex")) and has_line_end_in_code(new)


def _has_mark(text: str) -> bool:
    return any(_MARK.match(line.rstrip()) and line[0] in "<>" for line in lines_of(text) if line)


def _is_copied(listing: Listing, old: str, path: str) -> bool:
    """Whether the numbers may be those of a listing: without them the text is much like the old one."""
    if is_surely_listing(listing) and ("→" in listing.separator or is_code(path)):
        return True
    words, own = set(_WORD.findall(listing.text)), set(_WORD.findall(old))
    return is_code(path) and len(words & own) >= 0.5 * len(words)


def _unnumbered(old: str, new: str, path: str) -> OwnNew | None:
    listing = without_numbers(new)
    if listing is None or without_numbers(old) is not None:
        return OwnNew(new)
    if not is_surely_listing(listing) or "\n" not in new.strip("\n"):
        return None if _is_copied(listing, old, path) else OwnNew(new)
    shared = {line for line in lines_of(old) if not is_blank(line)} & set(lines_of(listing.text))
    is_sure = shared and not path.lower().endswith(MARKDOWN)
    return OwnNew(listing.text, "took line numbers off new") if is_sure else None
