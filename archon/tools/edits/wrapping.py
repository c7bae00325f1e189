"""Wrapping that only the new text of a request has: taken off where it cannot be meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.tools.edits.lines import is_blank, lines_of
from archon.tools.edits.listing import is_surely_listing, without_numbers
from archon.tools.edits.readings import unfenced

MARKDOWN = (".md", ".markdown", ".mdx", ".rst", ".txt")
_MARK = re.compile(r"^(?:<{7} ?(?:SEARCH|ORIGINAL|OLD)?|>{7} ?(?:REPLACE|UPDATED|NEW)?|={7})$")


_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39);")
_MARKUP = (*MARKDOWN, ".html", ".htm", ".xml", ".svg", ".tsx", ".jsx", ".vue", ".svelte", ".js", ".ts", ".j2")


@dataclass(frozen=True, slots=True)
class OwnNew:
    text: str
    note: str = ""


def own_new(old: str, new: str, path: str) -> OwnNew | None:
    """The new text without wrapping that the old text does not have; None if it may or may not be meant."""
    inner = unfenced(new)
    if inner is not None and "```" not in old and not path.lower().endswith(MARKDOWN):
        return OwnNew(inner, "took a fence off new")
    if _has_mark(new) and not _has_mark(old):
        return None
    if "\n" not in new.strip("\n") and new.endswith("\\n") and old.endswith("\n") and "\\n" not in old:
        return None
    if _ENTITY.search(new) and not _ENTITY.search(old) and not path.lower().endswith(_MARKUP):
        return None
    return _unnumbered(old, new)


def _has_mark(text: str) -> bool:
    return any(_MARK.match(line.rstrip()) and line[0] in "<>" for line in lines_of(text) if line)


def _unnumbered(old: str, new: str) -> OwnNew | None:
    listing = without_numbers(new)
    if listing is None or not is_surely_listing(listing) or "\n" not in new.strip("\n"):
        return OwnNew(new)
    if without_numbers(old) is not None:
        return OwnNew(new)
    shared = {line for line in lines_of(old) if not is_blank(line)} & set(lines_of(listing.text))
    return OwnNew(listing.text, "took line numbers off new") if shared else None
