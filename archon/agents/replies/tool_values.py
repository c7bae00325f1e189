"""One argument between tags: where its value ends, and what it is.

A value of one line stands between its tags; a value of several lines starts on the line after its opening
tag and ends on the line before its closing tag. With the same number in both tags, such as `<new:1>`, it
is taken as it stands, whatever it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from archon.agents.replies.tool_forms import BadCallError

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|#39|#x27);")
_FENCED = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n.*\n[ \t]*\1\s*", re.DOTALL)
_CALL_TAG = re.compile(
    r"</?call>|<call\s+tool\s*=|</?tool_call>|</?function_calls?>|</?invoke\b|</?function\b"
)


@dataclass(frozen=True, slots=True)
class Opening:
    """The tag with which an argument begins."""

    name: str
    """The argument."""
    tag: str
    """What the closing tag repeats: the argument, or a word such as `parameter`."""
    number: str
    """What makes both tags unmistakable; empty where there is none."""
    indent: str
    """The blanks before the tag, when it is the first on its line."""
    end: int

    @property
    def spelled(self) -> str:
        return f"<{self.tag}{f'={self.name}' if self.tag != self.name else self.number}>"

    @property
    def closing(self) -> str:
        return f"</{self.tag}{self.number}>"


@dataclass(frozen=True, slots=True)
class TaggedValue:
    value: str
    end: int
    """The place behind the closing tag."""


def read_value(text: str, opening: Opening) -> TaggedValue:
    """The value behind an opening tag. Raises: BadCallError."""
    pattern = rf"</{re.escape(opening.tag)}(?:={re.escape(opening.name)})?{opening.number}\s*>"
    closing = re.compile(pattern).search(text, opening.end)
    if closing is None:
        raise BadCallError(
            f"the argument {opening.name} is not closed: write {opening.closing} behind its value."
        )
    raw = text[opening.end : closing.start()]
    if opening.number:
        return TaggedValue(_without_edges(raw), closing.end())
    _refuse_tags(raw, opening)
    return TaggedValue(_plain(raw, opening), closing.end())


def spell_argument(name: str, value: str) -> str:
    """An argument in tags from which `read_value` reads the same value."""
    for number in ("", *(f":{count}" for count in range(1, len(value) + 2))):
        spelled = f"<{name}{number}>{_edged(value)}</{name}{number}>"
        if f"</{name}{number}" not in value and (number or _reads_back(name, spelled, value)):
            return spelled
    raise AssertionError("a value holds no more different tags than it has characters")


def _edged(value: str) -> str:
    return value if value == value.strip("\r\n") and "\n" not in value else f"\n{value}\n"


def _reads_back(name: str, spelled: str, value: str) -> bool:
    try:
        return read_value(spelled, Opening(name, name, "", "", len(name) + 2)).value == value
    except BadCallError:
        return False


def _refuse_tags(raw: str, opening: Opening) -> None:
    """An opening tag or a call inside a value: perhaps its closing tag was forgotten further up."""
    inner = opening.spelled if opening.spelled in raw else ""
    if not inner and (tag := _CALL_TAG.search(raw)):
        inner = tag[0]
    if inner:
        raise BadCallError(
            f"the value of {opening.name} holds {inner}: close {opening.name} before it with "
            f"{opening.closing}, or, where {inner} is part of the value, {_numbered(opening)}."
        )


def _numbered(opening: Opening) -> str:
    name = opening.name
    return f"number both tags (<{name}:1> … </{name}:1>), and all between them is taken as it stands"


def _plain(raw: str, opening: Opening) -> str:
    stripped = raw.strip()
    if stripped.startswith("<![CDATA["):
        return _unwrapped(raw, stripped, opening)
    value = _without_edges(_without_layout(raw, opening))
    if _ENTITY.search(value) and "<" not in value and ">" not in value:
        raise BadCallError(
            f"the value of {opening.name} holds HTML escapes such as {_entity(value)}: write every character "
            f"as it is or, where the escape itself is meant, {_numbered(opening)}."
        )
    if _FENCED.fullmatch(value):
        raise BadCallError(
            f"the value of {opening.name} stands in a code fence: leave the fence out or, where it is part "
            f"of the value, {_numbered(opening)}."
        )
    return value


def _entity(value: str) -> str:
    found = _ENTITY.search(value)
    return found[0] if found else ""


def _unwrapped(raw: str, stripped: str, opening: Opening) -> str:
    inner = stripped.removeprefix("<![CDATA[").removesuffix("]]>")
    if not stripped.endswith("]]>") or "]]>" in inner or "<![CDATA[" in inner:
        raise BadCallError(
            f"the value of {opening.name} is not one CDATA section: leave CDATA out or, where it is part of "
            f"the value, {_numbered(opening)}."
        )
    return _without_edges(inner) if "\n" in raw else inner


def _without_layout(raw: str, opening: Opening) -> str:
    """The value without the indentation of its tags, which must not be mistaken for the value's own."""
    if not raw.startswith(("\n", "\r\n")):
        return raw
    lines = [line for line in raw.split("\n")[1:-1] if line.strip()]
    head, _, before_closing = raw.rpartition("\n")
    is_indented = opening.indent and lines and all(line.startswith(opening.indent) for line in lines)
    is_crooked = not before_closing.strip() and before_closing not in ("", opening.indent)
    if is_indented or is_crooked:
        raise BadCallError(
            f"it cannot be told which indentation belongs to the value of {opening.name}: write "
            f"{opening.spelled} and {opening.closing} at the very start of their lines."
        )
    return raw if before_closing.strip() else f"{head}\n"


def _without_edges(raw: str) -> str:
    """Without the line break behind the opening and the one before the closing tag."""
    if raw.startswith("\r\n"):
        return raw[2:].removesuffix("\n").removesuffix("\r")
    return raw[1:].removesuffix("\n") if raw.startswith("\n") else raw.removesuffix("\n")
