"""Writes a file from a reply that holds all of it: unwrapped, complete, and in the file's own line ends."""

from __future__ import annotations

import re
from textwrap import dedent

from archon.domain.changes import is_change
from archon.domain.placeholders import placeholder
from archon.domain.python_source import parses_as_python
from archon.tools.edits.effort import TOO_MUCH, TooMuchEffortError
from archon.tools.edits.elision import if_nothing_goes, lost_text
from archon.tools.edits.escapes import has_line_end_in_code, opens_quote, unescaped_lines
from archon.tools.edits.foreign import foreign_text
from archon.tools.edits.lines import (
    BOM,
    FileLines,
    Line,
    LineEdit,
    is_blank,
    lines_of,
    plain_ends,
    split_file,
)
from archon.tools.edits.listing import is_surely_listing, without_numbers
from archon.tools.edits.locate import ALREADY
from archon.tools.edits.outcome import Applied, Refused, left_out
from archon.tools.edits.wrapping import MARKDOWN

_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
_COMMANDS = ("bash", "sh", "shell", "console", "zsh", "powershell", "output", "log")
_NUMBERED = (*MARKDOWN, ".tsv", ".csv", ".tab", ".log")
"""Endings of files whose lines may well begin with numbers of their own."""
_ESCAPED = Refused(
    reason="the content is one line with escaped line ends: it is not clear which of them are meant so",
    hint="Give the content with real line ends.",
)
_LIKE = 0.3
"""So much of a text stands in the file, line by line, if it is a new version of it."""


def write_whole(before: str | None, content: str, *, path: str = "") -> Applied | Refused:
    """The file with the given content; `before` is what it holds, None if it is new.

    A fence around the content is taken off, with the talk outside of it. Line ends, byte order mark and
    final line end stay as the file has them. Content with a placeholder for left-out text is refused.
    """
    text = _at_margin(plain_ends(content))
    found = _unwrapped(text, before, path)
    if isinstance(found, Refused):
        return found
    text = found if path.lower().endswith(_NUMBERED) else _without_listing(found, before)
    try:
        refused = _refusal(text, before, path)
        if refused is not None:
            return refused
        written = text if not before else _in_style(split_file(before), text)
    except TooMuchEffortError:
        return TOO_MUCH
    if written == before:
        return Refused(reason=f"{ALREADY}: the file has this content (no change)")
    return Applied(text=written)


def _at_margin(text: str) -> str:
    """The text without the indentation that all of it has, if it begins with an indented fence."""
    first = text.lstrip("\n").split("\n", 1)[0]
    return dedent(text) if first[:1].isspace() and _FENCE.match(first.strip()) else text


def _unwrapped(text: str, before: str | None, path: str) -> str | Refused:
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line.rstrip())]
    if not fences or _is_own_fence(lines, fences, before, path) or _is_program(text, path):
        return _unescaped(text, before, path)
    opening = _FENCE.match(lines[fences[0]].rstrip())
    mark = opening["mark"] if opening else ""
    closing = [number for number in fences[1:] if lines[number].rstrip() == mark]
    outside = lines[: fences[0]] + (lines[closing[-1] + 1 :] if closing else [])
    if not closing:
        return Refused(reason="the content is incomplete: its fence is never closed")
    if len(fences) > 2 and not _wraps_all([lines[number] for number in fences], outside, path):
        return _only_file(lines, fences, before) or Refused(
            reason="ambiguous: the content holds several fenced blocks: it is not clear which is the file",
            hint="Give the whole file, and nothing else.",
        )
    lost = next((line for line in outside if "surely" in (placeholder(f"# {line}"), placeholder(line))), None)
    if lost is not None:
        return left_out(lost, "the content")
    inner = lines[fences[0] + 1 : closing[-1]]
    return "\n".join(inner) + "\n" if inner else ""


def _is_program(text: str, path: str) -> bool:
    """Whether it is whole Python as it stands, so that fences in it can only stand in its texts."""
    return path.endswith((".py", ".pyi")) and parses_as_python(text)


def _is_own_fence(lines: list[str], fences: list[int], before: str | None, path: str) -> bool:
    """Whether the fences belong to the file, as in Markdown and in text that has some already."""
    is_markdown = path.lower().endswith(MARKDOWN)
    info = _info(lines[fences[0]])
    if is_markdown:
        wraps = info in ("md", "markdown", "mdx", "rst", "text", "txt") and info not in _infos(before)
        return not wraps and not _starts_as(before, lines[fences[0] + 1 :])
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return bool(_infos(before)) and fences[0] != first


def _starts_as(before: str | None, lines: list[str]) -> bool:
    """Whether the lines begin with the first line of the file, which is no fence itself."""
    first = next((line for line in lines_of(plain_ends(before or "")) if line.strip()), "")
    return bool(first) and not _FENCE.match(first) and lines[:1] == [first]


def _info(line: str) -> str:
    found = _FENCE.match(line.rstrip())
    return found["info"].strip().lower().split(" ")[0] if found else ""


def _infos(text: str | None) -> list[str]:
    return [_info(line) for line in lines_of(plain_ends(text or "")) if _FENCE.match(line.rstrip())]


def _wraps_all(fences: list[str], outside: list[str], path: str) -> bool:
    """Whether first and last fence hold everything, further fences being part of the file."""
    if path.lower().endswith(MARKDOWN):
        return len(fences) % 2 == 0
    is_nested = bool(_info(fences[1])) and not _info(fences[-2])
    return len(fences) % 2 == 0 and is_nested and not any(map(str.strip, outside))


def _only_file(lines: list[str], fences: list[int], before: str | None) -> str | None:
    """The one block that is like the file, where all others are commands or output."""
    blocks = [
        (_info(lines[start]), "\n".join(lines[start + 1 : stop]) + "\n")
        for start, stop in zip(fences[::2], fences[1::2], strict=False)
    ]
    files = [text for info, text in blocks if info not in _COMMANDS]
    is_paired = len(fences) % 2 == 0 and not any(_info(lines[stop]) for stop in fences[1::2])
    return files[0] if is_paired and len(files) == 1 and _share(files[0], before) >= _LIKE else None


def _unescaped(text: str, before: str | None, path: str) -> str | Refused:
    """The text with its line ends read, where they were escaped; a refusal where that cannot be told."""
    is_code = not path.lower().endswith((*MARKDOWN, ".json")) and has_line_end_in_code(text)
    was_long = len(lines_of(before or "")) >= 3 <= text.count("\\n") and not path.lower().endswith(".json")
    if "\n" in text.strip("\n") or not (is_code or was_long):
        return text
    read = unescaped_lines(text)
    there = set(lines_of(plain_ends(before or "")))
    is_left = any("\\n" in line and line not in there for line in lines_of(read))
    return _ESCAPED if is_left or opens_quote(before or "", read) or _share(read, before) < 0.5 else read


def _without_listing(text: str, before: str | None) -> str:
    listing = without_numbers(text)
    if listing is None or listing.first != 1 or not is_surely_listing(listing):
        return text
    return listing.text if _share(listing.text, before) > max(_share(text, before), _LIKE) else text


def _share(text: str, before: str | None) -> float:
    """How much of the text's lines the file has, 0 to 1."""
    lines = [line for line in lines_of(text) if not is_blank(line)]
    there = set(lines_of(plain_ends(before or "")))
    return sum(line in there for line in lines) / len(lines) if lines else 0.0


def _refusal(text: str, before: str | None, path: str) -> Refused | None:
    if not text.strip() and (before or "").strip():
        return Refused(
            reason="the content is empty: writing it would drop the whole file (incomplete)",
            hint="If the file is to be empty, send the same again with a content that has nothing in it.",
            if_meant=None if text else Applied(text=""),
        )
    if is_change(text, path) and not is_change(plain_ends(before or ""), path):
        return Refused(reason="the content is a change of a file, not a whole file (partial)")
    old = plain_ends(before or "")
    foreign = foreign_text(text, old, path)
    lost = lost_text(old, text, path) if foreign is None else None
    if foreign is None and lost is None:
        return None
    whole = text if before is None else _in_style(split_file(before), text)
    if_meant = if_nothing_goes(before or "", whole)
    if lost is not None:
        return left_out(lost, "the content", if_meant=if_meant)
    return Refused(
        reason=f"the content has {foreign}, which is no part of the file",
        hint="Give the file's own text and nothing else.",
        if_meant=if_meant,
    )


def _in_style(before: FileLines, text: str) -> str:
    lines = lines_of(text)
    if len({end for end in before.ends if end}) < 2:
        written = tuple(Line(line, before.end) for line in lines)
    else:
        written = _with_own_ends(before, lines)
    edit = LineEdit(start=0, stop=len(before.contents), lines=written)
    return before.edited([edit]) if before.contents else before.bom + text.removeprefix(BOM)


def _with_own_ends(before: FileLines, lines: list[str]) -> tuple[Line, ...]:
    """Each line with the end that the file's same line has; for files whose lines end in several ways."""
    written = [Line(line) for line in lines]
    for tag, first, last, new_first, _ in before.effort.opcodes(before.contents, lines):
        for offset in range(last - first if tag == "equal" else 0):
            written[new_first + offset] = Line(lines[new_first + offset], before.ends[first + offset] or None)
    return tuple(written)
