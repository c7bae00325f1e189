"""Lines that stand in for text left out ("# ... rest unchanged ..."): told apart from real lines of dots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archon.domain.patterns import late
from archon.tools.edits.lines import indent_of, is_blank, lines_of

_COMMENT = late(
    r"^(?:\{\s*/\*+|/\*+|<!--|//+|#+|--+|;+|%+|\*(?=\s)|\brem\b|'(?=\s*(?:\.{3}|…)))\s*(?P<text>.*?)\s*"
    r"(?:\*+/\s*\}|\*+/|-->)?$",
    re.IGNORECASE,
)
_INLINE = late(
    r"(?:/\*+\s*(?P<block>[^*]*)\*/|<!--\s*(?P<markup>[^>]*?)-->|(?:\s//+|\s#+)\s*(?P<tail>(?:\.{3}|…).*))"
)
_DOTS = late(r"^[\[(<{]?\s*(?:\.{3,}|…+|\. \. \.)\s*[\])>}]?,?;?$")
_DOTTED = late(r"^[\[(<{]?\s*(?:\.{3,}|…)\s*(?P<text>.*?)\s*(?P<end>\.{3,}|…)?\s*[\])>}]?$")
_DOTS_AFTER = late(r"^[\[(<{]?\s*(?P<text>.*?)\s*(?:\.{3,}|…)\s*[\])>}]?$")
_WORDS = late(
    r"\b(?:rest|exist(?:s|ing)|remain(?:s|ing|der)?|unchanged|unmodified|untouched|same|other|others|"
    r"previous|omitted|omit|snip(?:ped)?|elided|skipp?ed|as before|as (?:it|they) (?:is|are|was)|as is|"
    r"keep|stays?|no changes?|above|below|code|lines|imports|methods|functions|content|body)\b",
    re.IGNORECASE,
)
_OPENING_WORDS = late(
    r"^(?:the )?(?:rest|existing|remaining|other|all other|same|unchanged|previous|"
    r"omitted|keep|more|your|snip|code|implementation|no changes?|everything else|leave)\b",
    re.IGNORECASE,
)
_SENTENCE = late(
    r"^\W*(?:(?:the |all )?(?:rest|remainder) of (?:the |this |your |its )?[\w ]{1,40}?"
    r"(?:(?:is|are|remains?|stays?|left)? ?(?:unchanged|unmodified|untouched|(?:the )?same|as before|"
    r"as is|as it was|here|omitted|below))?"
    r"|(?:the )?(?:existing|previous|remaining|other|original|all other|unchanged|omitted) "
    r"(?:[\w ]{1,30} )?(?:code|implementation|lines?|content|methods?|functions?|imports?|logic|tests?|"
    r"body|parts?|fields?|routes?|tables?|rules?|sections?|entries|items|keys|services|properties|props)"
    r"(?: (?:here|goes here|(?:is |are )?(?:unchanged|omitted|the same|same)|(?:remains?|stays?)"
    r"(?: (?:unchanged|the same|as (?:is|before|it is|they are)))?|as before|above|below))?"
    r"|(?:code|lines?|content|implementation|body|rest)(?: (?:is|are|remains?|stays?))? "
    r"(?:unchanged|omitted|the same|as before|elided|snipped)(?: (?:for brevity|here))?"
    r"|(?:unchanged|no changes?(?: here| below| above)?|same as (?:before|above|original)|omitted for brevity"
    r"|snip))\W*$",
    re.IGNORECASE,
)
_PROSE = (".md", ".markdown", ".mdx", ".rst", ".txt")


def is_elision(line: str, path: str = "") -> bool:
    """Whether the whole line stands in for lines that were left out."""
    text = line.strip()
    if not text or len(text) > 200:
        return False
    comment = None if path.endswith(_PROSE) and text.startswith("#") else _COMMENT.match(text)
    if comment is not None:
        return _is_elided_comment(comment["text"].strip())
    if _DOTS.match(text):
        return True
    dotted = _DOTTED.match(text)
    if dotted is not None and (dotted["end"] or text[3:4] in (" ", "") or "…" in text[:2]):
        return bool(_WORDS.search(dotted["text"]))
    return text[:1] in "[(<{" and bool(_SENTENCE.match(text))


def _is_elided_comment(text: str) -> bool:
    if _DOTS.match(text) or _SENTENCE.match(text):
        return True
    dotted = _DOTTED.match(text)
    if dotted is not None:
        return True
    after = _DOTS_AFTER.match(text)
    return after is not None and bool(_OPENING_WORDS.match(after["text"]))


def _has_inline_elision(line: str) -> bool:
    for found in _INLINE.finditer(line):
        text = (found["block"] or found["markup"] or found["tail"] or "").strip()
        if text and (_DOTS.match(text) or _SENTENCE.match(text) or _DOTTED.match(text)):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Elided:
    """A text in stretches, with something left out between them."""

    stretches: tuple[tuple[str, ...], ...]

    @property
    def is_whole(self) -> bool:
        return len(self.stretches) == 1


def stretches_of(lines: Sequence[str], path: str) -> Elided:
    """The text between the placeholders; an empty stretch where one stands at the start or the end."""
    stretches: list[list[str]] = [[]]
    for line in lines:
        if is_elision(line, path):
            stretches.append([])
        else:
            stretches[-1].append(line)
    return Elided(tuple(map(tuple, stretches)))


def lost_text(old: str, new: str, path: str) -> str | None:
    """A placeholder line of `new` that has no counterpart in `old`; None if there is none.

    A bare `...` that is the whole body of a Python function or class that `old` does not name is code.
    """
    old_lines, new_lines = lines_of(old), lines_of(new)
    there = Counter(line.strip() for line in old_lines if _is_placeholder(line, path))
    spare = sum(1 for line in old_lines if is_elision(line, path))
    for number, line in enumerate(new_lines):
        if not _is_placeholder(line, path):
            continue
        if there[line.strip()]:
            there[line.strip()] -= 1
            spare -= 1
        elif is_elision(line, path) and spare > 0:
            spare -= 1
        elif not _is_stub(number, new_lines, old_lines, path):
            return line
    return None


def _is_placeholder(line: str, path: str) -> bool:
    return is_elision(line, path) or _has_inline_elision(line)


def _is_stub(number: int, lines: list[str], old: list[str], path: str) -> bool:
    if lines[number].strip() != "..." or not path.endswith((".py", ".pyi")):
        return False
    above = next((line for line in reversed(lines[:number]) if not is_blank(line)), "")
    below = next((line for line in lines[number + 1 :] if not is_blank(line)), "")
    depth = len(indent_of(lines[number]))
    is_body = above.rstrip().endswith((":", '"""')) and len(indent_of(below)) < depth
    header = next(
        (line for line in reversed(lines[:number]) if len(indent_of(line)) < depth and not is_blank(line)), ""
    )
    return is_body and header.strip() not in {line.strip() for line in old}
