"""Lines that stand in for text left out ("# ... rest unchanged ..."), told from lines that are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from archon.domain.patterns import late

Sureness: TypeAlias = Literal["surely", "perhaps"]
"""A line that may be one "perhaps" is one where text goes that it could stand for, and else is not."""

LONGEST = 200
"""Longer lines are no placeholders."""
PROSE = (".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc")
"""Endings of files in which "#" begins a heading and dots may be part of an example."""
STUBS = (".py", ".pyi")
"""Endings of files in which three dots are a value and the usual body of what does nothing."""

_DOT = r"(?:\.{3,}|…+)"
_COMMENT = late(
    r"^(?:\{\s*/\*+|/\*+|<!--|//+|#+|--+|;+|%+|\*(?=\s)|\brem\b|'(?=\s*(?:\.{3}|…)))\s*(?P<text>.*?)\s*"
    r"(?:\*+/\s*\}|\*+/|-->)?$",
    re.IGNORECASE,
)
_PROSE_COMMENT = late(r"^(?:\{\s*/\*+|/\*+|<!--|//+)\s*(?P<text>.*?)\s*(?:\*+/\s*\}|\*+/|-->)?$")
_INLINE = late(
    rf"/\*+\s*(?P<block>[^*]*)\*/|<!--\s*(?P<markup>[^>]*?)-->|(?:\s//+|\s#+)\s*(?P<tail>{_DOT}.*)"
)
_BARE = late(rf"^(?:{_DOT}|\. \. \.)[,;]?$")
_BRACKETED = late(rf"^[\[(<{{]\s*{_DOT}\s*[\])>}}][,;]?$")
_DOTTED = late(rf"^[\[(<{{]?\s*{_DOT}\s*(?P<text>.*?)\s*(?P<end>{_DOT})?\s*[\])>}}]?$")
_DOTS_AFTER = late(rf"^[\[(<{{]?\s*(?P<text>.*?)\s*{_DOT}\s*[\])>}}]?$")
_KEPT = (
    r"(?:unchanged|unmodified|untouched|omitted|elided|snipped|as before|as is|as it was|as (?:it|they) "
    r"(?:is|are|was|were)|(?:the )?same|here|below|above|follows?)"
)
_WORDS = late(
    rf"\b(?:rest|exist(?:s|ing)|remain(?:s|ing|der)?|others?|previous|omit|snip|skipp?ed|keep|stays?|"
    rf"no changes?|code|lines|imports|methods|functions|content|body|{_KEPT})\b",
    re.IGNORECASE,
)
_OPENING_WORDS = late(
    r"^(?:the )?(?:rest|existing|remaining|other|all other|same|unchanged|previous|"
    r"omitted|keep|more|your|snip|code|implementation|no changes?|everything else|leave)\b",
    re.IGNORECASE,
)
_CODE = (
    r"(?:codes?|files?|contents?|functions?|methods?|imports?|implementation|logic|routes?|class(?:es)?|tests?"
    r"|styles?|fields?|parts?|lines?|body|components?|modules?|scripts?|programs?)"
)
_ANY = (
    rf"(?:{_CODE}|tables?|rules?|sections?|entries|items|keys|values|rows|services|properties|props"
    r"|options|steps|targets|elements|attributes|definitions|declarations|handlers)"
)
_END = rf"(?:(?: (?:is|are|go|goes|remains?|stays?|left))?(?: {_KEPT})+|(?: (?:remains?|stays?|follow)))"
_KIND = r"(?:the |all |your )?(?:existing|previous|original|remaining|other|unchanged|omitted)"
_SURE_SENTENCES = (
    rf"(?:the |all )?(?:rest|remainder) (?:of )?(?:[\w./-]+ ){{0,5}}?{_CODE}{_END}?",
    rf"(?:the |all )?(?:rest|remainder)(?: of (?:[\w./-]+ ?){{1,5}}?)?{_END}",
    rf"(?:the |all |your )?(?:existing|previous|original) (?:\w+ ){{0,3}}?{_CODE}{_END}?",
    rf"{_KIND} (?:\w+ ){{0,4}}?{_ANY}{_END}",
    rf"{_ANY}{_END}(?: for (?:brevity|clarity|space))?",
    r"(?:\w+ ){0,3}(?:unchanged|no changes?(?: here| below| above)?|snip|snipped|truncated|omitted"
    r"|(?:same )?as (?:before|above|(?:in the )?original))",
    r".{0,40}\b(?:omitted|left out|shortened|truncated|skipped|elided) for (?:brevity|clarity|space)",
    r"(?:\w+ ){0,5}(?:rest of|remaining|existing|other)\b.{0,40}\b(?:unchanged|the same|as before)",
)
_SURE = late(rf"^\W*(?:{'|'.join(_SURE_SENTENCES)})\W*$", re.IGNORECASE)
_PERHAPS = late(
    rf"^\W*(?:(?:the |all )?(?:rest|remainder) of (?:[\w./-]+ ?){{1,5}}?"
    rf"|{_KIND} (?:\w+ ){{0,3}}?{_ANY})\W*$",
    re.IGNORECASE,
)


def placeholder(line: str, path: str = "") -> Sureness | None:
    """Whether the whole line stands in for lines that were left out; `path` tells the language."""
    text = line.strip()
    if not text or len(text) > LONGEST:
        return None
    is_prose = path.lower().endswith(PROSE)
    comment = (_PROSE_COMMENT if is_prose else _COMMENT).match(text)
    if comment is not None:
        return _in_comment(comment["text"].strip())
    if is_prose and text.startswith("#") and _DOTTED.match(text.lstrip("# ")):
        return _in_comment(text.lstrip("# "))
    if _BARE.match(text):
        return "perhaps" if path.lower().endswith((*PROSE, *STUBS, ".yml", ".yaml")) else "surely"
    if _BRACKETED.match(text):
        return "surely"
    dotted = _DOTTED.match(text)
    if dotted is not None and (dotted["end"] or text[3:4] in (" ", "") or "…" in text[:2]):
        return "surely" if _WORDS.search(dotted["text"]) else None
    return "surely" if text[:1] in "[(<{" and _SURE.match(text) else None


def placeholder_at_end(line: str) -> Sureness | None:
    """Whether a comment inside the line, behind code, stands in for something left out."""
    if len(line) > LONGEST:
        return None
    for found in _INLINE.finditer(line):
        text = (found["block"] or found["markup"] or found["tail"] or "").strip()
        sureness = _in_comment(text) if text else None
        if sureness is not None:
            return sureness
    return None


def _in_comment(text: str) -> Sureness | None:
    if _BARE.match(text) or _BRACKETED.match(text) or _SURE.match(text):
        return "surely"
    dotted = _DOTTED.match(text)
    if dotted is not None:
        return "surely" if _WORDS.search(dotted["text"]) else "perhaps"
    after = _DOTS_AFTER.match(text)
    if after is not None and _OPENING_WORDS.match(after["text"]):
        return "surely"
    return "perhaps" if _PERHAPS.match(text) else None


def doctest_lines(lines: Sequence[str]) -> set[int]:
    """The numbers of lines of interpreter examples, where dots go on with a statement or are output."""
    found: set[int] = set()
    margin: str | None = None
    for number, line in enumerate(lines):
        bare = line.lstrip()
        if bare.startswith(">>>"):
            margin = line[: len(line) - len(bare)]
        elif not bare or (margin is not None and not line.startswith(margin)):
            margin = None
        if margin is not None:
            found.add(number)
    return found
