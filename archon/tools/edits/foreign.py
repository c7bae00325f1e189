"""What a whole file of code comes with that is no part of it: talk, line numbers, signs as entities."""

from __future__ import annotations

import re

from archon.domain.python_source import parses_as_python
from archon.tools.edits.lines import is_blank, lines_of
from archon.tools.edits.listing import is_surely_listing, without_numbers
from archon.tools.edits.wrapping import has_entities, is_code, is_escaped_markup

_PRESENTING = re.compile(
    r"^(?:sure|certainly|of course|ok(?:ay)?|here(?:['’]s| is| are)|below is|this is|updated|let me"
    r"|the (?:updated|new|complete|full|corrected|fixed|following|whole)"
    r"|i(?:['’]ve| have|['’]ll| will| am|['’]m)?)\b.*[:.!]$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"^[A-Z][\w'’]*(?:[ ,/-]+[`\w'’()./-]+){3,}[.!]$")
_JSON_START = re.compile(r"""\s*(?:[\[{"\d/#-]|true\b|false\b|null\b)""")
_LONGEST = 400


def foreign_text(text: str, before: str, path: str) -> str | None:
    """What of the content of a file of code can be no part of it, in words; None where nothing is.

    `before` is the file's old text: what it has too is part of it.
    """
    if not is_code(path):
        return None
    talk = _talk(text, before, path)
    if talk is not None:
        return f"talk ({talk[:80]!r})"
    listing = without_numbers(text)
    if (
        listing is not None
        and listing.first == 1
        and "\n" in listing.text.strip()
        and is_surely_listing(listing)
    ):
        return "line numbers" if without_numbers(before) is None else None
    if is_escaped_markup(text, path) and not has_entities(before):
        return "signs written as for a web page (&lt;, &amp;)"
    return None


def _is_numbered(text: str) -> bool:
    listing = without_numbers(text)
    return bool(
        listing and listing.first == 1 and "\n" in listing.text.strip() and is_surely_listing(listing)
    )


def _talk(text: str, before: str, path: str) -> str | None:
    """The first or the last line, if it is a sentence; Python that is whole with it says something else."""
    lines = [line for line in lines_of(text) if not is_blank(line)]
    there = set(lines_of(before))
    said = [line for line in (lines[:1] + lines[-1:]) if line not in there and _is_sentence(line.rstrip())]
    if not said and path.endswith(".json") and lines and not _JSON_START.match(lines[0]):
        said = lines[:1]
    if not said or (path.endswith((".py", ".pyi")) and parses_as_python(text)):
        return None
    return said[0]


def _is_sentence(line: str) -> bool:
    if len(line) > _LONGEST:
        return False
    return bool(_SENTENCE.match(line)) or (line.count(" ") >= 2 and bool(_PRESENTING.match(line)))
