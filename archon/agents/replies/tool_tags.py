"""Reads a call written in tags: `<call tool="read">`, and the tags that models were trained on.

Known beside the project's own: `<function=read>` with `<parameter=path>` or JSON inside,
`<invoke name="read">` with `<parameter name="path">`, and tags that bear the tool's own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from archon.agents.replies.lenient import read_object
from archon.agents.replies.schema_check import pointer
from archon.agents.replies.tool_forms import BadCallError, Group, TextCall, excerpt, past_blanks
from archon.agents.replies.tool_values import Opening, read_value
from archon.domain.values import JsonObject

_OPENING = re.compile(
    r"<(?P<tag>call|tool|invoke|function|tool_call|function_call)"
    r"(?:\s+(?:tool|name|function)\s*=\s*|\s*[=:]\s*)"
    r"""(?P<quote>["']?)(?P<name>[\w.-]{1,100})(?P=quote)\s*(?P<empty>/)?>"""
)
_BARE = re.compile(r"<(?P<name>\w{1,100})>")
_ARGUMENT = re.compile(
    r"""<(?P<tag>parameter|param|argument|arg)(?:\s+name\s*=\s*|\s*=\s*)(?P<quote>["']?)(?P<named>[\w-]{1,100})"""
    r"(?P=quote)\s*>|<(?P<bare>[A-Za-z_][\w-]{0,99})(?P<number>:\d{1,9})?>"
)
_INDENT = re.compile(r"[ \t]*")


def read_tagged(
    text: str, start: int, arguments: Mapping[str, AbstractSet[str]], *, may_close: bool
) -> Group | None:
    """The call whose opening tag stands at `start`; None when there is none.

    `arguments` are the known tools with the names of their arguments. `may_close` allows the last closing
    tag of the text to be missing. Raises: BadCallError.
    """
    opening = _OPENING.match(text, start)
    if opening is not None:
        call = _Tagged(text, opening["tag"], opening["name"], may_close)
        return call.nothing(opening.end()) if opening["empty"] else call.read(opening.end())
    bare = _BARE.match(text, start)
    if bare is None or bare["name"] not in arguments:
        return None
    inside = _ARGUMENT.match(text, past_blanks(text, bare.end()))
    if inside is None or (inside["bare"] or inside["named"]) not in arguments[bare["name"]]:
        return None
    return _Tagged(text, bare["name"], bare["name"], may_close).read(bare.end())


def spelled_tags(tools: Mapping[str, AbstractSet[str]]) -> re.Pattern[str]:
    """What is left of a call when it stands where it is none: its tags, and closing tags of arguments.

    `tools` are the known tools with the names of their arguments.
    """
    arguments = sorted({name for names in tools.values() for name in names})
    closers = "|".join(map(re.escape, arguments))
    names = "|".join(map(re.escape, sorted(tools)))
    return re.compile(
        r"<(?:call|tool|invoke|function|tool_call|function_call)(?:\s+(?:tool|name|function)\s*=|\s*=)"
        r"|</(?:call|invoke|function|tool_call|function_calls?)\s*>|<tool_call>|<parameter[\s=]|</parameter>"
        r"|\[TOOL_CALLS\]|<\|python_tag\|>|<｜tool|&lt;/?(?:call|tool_call|invoke|function)\b"
        r"|<\|tool_calls?[_|]|<\|action_start\|>|\bto=functions\.|<tool_use>|</?tool_code>|^tool_code\s*$"
        + (rf"|^\s*</(?:{closers})(?::\d+)?>" if closers else "")
        + (rf"|^\W*Action\W+(?:{names})\b" if names else "")
    )


class _Tagged:
    """One call in tags, read from left to right."""

    def __init__(self, text: str, tag: str, name: str, may_close: bool) -> None:
        self._text = text
        self._name = name
        self._may_close = may_close
        self._tag = tag
        self._closing = re.compile(rf"</{re.escape(tag)}\b[^<>\n]{{0,100}}>")

    def nothing(self, end: int) -> Group:
        return Group((TextCall(self._name, {}),), end)

    def read(self, position: int) -> Group:
        position = past_blanks(self._text, position)
        if self._text.startswith("{", position):
            return self._from_json(position)
        arguments: JsonObject = {}
        while (argument := self._argument(position)) is not None:
            if argument.name in arguments:
                raise BadCallError(f"the call of {self._name} gives the argument {argument.name} twice.")
            found = read_value(self._text, argument)
            arguments[argument.name] = found.value
            position = past_blanks(self._text, found.end)
        return Group((TextCall(self._name, arguments),), self._end(position, bool(arguments)))

    def _from_json(self, position: int) -> Group:
        reading = read_object(self._text, position, may_close=self._may_close)
        if reading is None or reading.problem is not None:
            place = pointer(reading.problem.path) if reading and reading.problem else ""
            reason = reading.problem.reason if reading and reading.problem else "no object stands there"
            raise BadCallError(
                f"the arguments of {self._name} are no JSON that can be read: {place} {reason}."
            )
        end = self._end(past_blanks(self._text, reading.end), True)
        return Group((TextCall(self._name, reading.value),), end)

    def _argument(self, position: int) -> Opening | None:
        match = _ARGUMENT.match(self._text, position)
        if match is None:
            return None
        line_start = self._text.rfind("\n", 0, position) + 1
        indent = _INDENT.match(self._text, line_start)
        is_first = indent is not None and indent.end() == position
        return Opening(
            name=match["named"] or match["bare"],
            tag=match["tag"] or match["bare"],
            number=match["number"] or "",
            indent=indent[0] if indent and is_first else "",
            end=match.end(),
        )

    def _end(self, position: int, has_arguments: bool) -> int:
        """Behind the closing tag, which may be missing at the text's end when an argument is closed."""
        if closing := self._closing.match(self._text, position):
            return closing.end()
        if position < len(self._text):
            raise BadCallError(
                f"in the call of {self._name} stands {excerpt(self._text, position)} where the next argument "
                f"or </{self._tag}> is expected. Write each value between its own two tags; where a value "
                "holds its closing tag itself, number both, as in <new:1> … </new:1>."
            )
        if not (self._may_close and has_arguments):
            raise BadCallError(f"the call of {self._name} is cut off: it ends before </{self._tag}>.")
        return position
