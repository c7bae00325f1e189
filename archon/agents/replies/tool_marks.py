"""Reads the calls at one place of a reply, in whichever known form they stand there.

Source: the chat templates of Hermes and Qwen (`<tool_call>`), Llama 3 (`<|python_tag|>`, `<function=…>`),
Mistral (`[TOOL_CALLS]`), DeepSeek (`<｜tool▁call▁begin｜>`), Kimi (`<|tool_call_begin|>`), Phi and Granite
(`<|tool_call|>`), gpt-oss (`to=functions.…`), Gemma (`tool_code`), and ReAct (`Action:`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from archon.agents.replies.lenient import read_object
from archon.agents.replies.tool_forms import BadCallError, Group, TextCall, excerpt, past_blanks
from archon.agents.replies.tool_json import read_json
from archon.agents.replies.tool_python import read_python
from archon.agents.replies.tool_tags import read_tagged

_WRAPPER = re.compile(r"<(?P<tag>tool_calls?|function_calls?|calls|functioncall|tools)>")
_MAX_WRAPPERS = 2
_PYTHON_TAG = "<|python_tag|>"
_TURN_END = re.compile(r"<\|(?:eom_id|eot_id)\|>|\Z")
_MISTRAL = "[TOOL_CALLS]"
_NAMED_JSON = re.compile(r"(?P<name>[\w.-]{1,100})\s*(?:\[ARGS\])?\s*(?=\{)")
_DEEPSEEK_EDGE = re.compile(r"(?:<｜tool▁calls?▁(?:begin|end)｜>|<｜tool▁outputs▁begin｜>)\s*")
_DEEPSEEK = re.compile(
    r"(?:<｜tool▁calls▁begin｜>\s*)?<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?(?P<name>[\w.-]{1,100})"
    r"(?:<｜tool▁sep｜>)?\s*(?:```json\s*)?(?=\{)"
)
_DEEPSEEK_END = re.compile(r"\s*(?:```\s*)?<｜tool▁call▁end｜>(?:\s*<｜tool▁calls▁end｜>)?")
_KIMI = re.compile(
    r"(?:<\|tool_calls_section_begin\|>\s*)?<\|tool_call_begin\|>\s*(?:functions\.)?(?P<name>[\w.-]{1,100})(?::\d{1,6})?"
    r"\s*<\|tool_call_argument_begin\|>\s*(?=\{)"
)
_HARMONY = re.compile(
    r"(?:<\|start\|>assistant)?(?:<\|channel\|>(?:commentary|analysis))?\s*to=(?:functions\.)?(?P<name>[\w.-]{1,100})"
    r"\s*(?:<\|channel\|>commentary\s*)?(?:<\|constrain\|>)?(?:json)?\s*<\|message\|>\s*(?=\{)"
)
_CALL_MARK = re.compile(r"<\|tool_call\|>\s*(?=[\[{])")
_ACTION = re.compile(
    r"\**Action\**:\**[ \t]*`?(?P<name>[\w.-]{1,100})`?[ \t]*\r?\n"
    r"\s*\**Action[ _]Input\**:\**\s*(?:```(?:json)?\s*)?"
)
_MAX_PYTHON = 100_000
"""How many characters are looked at for a list of calls in Python's spelling."""
_LISTED_PYTHON = re.compile(r"\[\s*[A-Za-z_][\w.]*\(")


@dataclass(frozen=True, slots=True)
class Forms:
    """Which calls are looked for."""

    arguments: Mapping[str, AbstractSet[str]]
    """The known tools, with the names of their arguments."""
    may_close: bool
    """Whether a last closing tag or bracket may be missing: the reply was not cut."""
    is_marked: bool = False
    """Whether the text around announces a call."""
    with_json: bool = True
    """Whether bare JSON may be a call here."""
    depth: int = 0
    """How many wrappers are around."""

    def read(self, text: str, start: int) -> Group | None:
        """The calls that begin at a place; None when none do. Raises: BadCallError."""
        if text.startswith("<", start):
            return self._in_tags(text, start)
        if text.startswith(_MISTRAL, start):
            return self._mistral(text, past_blanks(text, start + len(_MISTRAL)))
        if action := _ACTION.match(text, start):
            return self._named(text, action["name"], action.end())
        if not self.with_json or not text.startswith(("{", "["), start):
            return None
        return self._json(text, start) or self._listed_python(text, start)

    def _in_tags(self, text: str, start: int) -> Group | None:
        if wrapper := _WRAPPER.match(text, start):
            return self._wrapped(text, wrapper["tag"], wrapper.end())
        if text.startswith(_PYTHON_TAG, start):
            return self._python_tag(text, start + len(_PYTHON_TAG))
        if begin := _DEEPSEEK.match(text, start):
            group = self._named(text, begin["name"], begin.end())
            end = _DEEPSEEK_END.match(text, group.end)
            return replace(group, end=end.end() if end else group.end)
        if named := _KIMI.match(text, start) or _HARMONY.match(text, start):
            return self._named(text, named["name"], named.end())
        if mark := _CALL_MARK.match(text, start):
            return replace(self, is_marked=True)._json(text, mark.end())
        return read_tagged(text, start, self.arguments, may_close=self.may_close)

    def _wrapped(self, text: str, tag: str, position: int) -> Group | None:
        """All calls up to the wrapper's closing tag; None for a word in angle brackets with no call in it."""
        if self.depth >= _MAX_WRAPPERS:
            raise BadCallError(f"<{tag}> stands within itself: write it once around a call.")
        inside = replace(self, is_marked=True, with_json=True, depth=self.depth + 1)
        closing = re.compile(rf"</{tag}>")
        calls: list[TextCall] = []
        while True:
            position = past_blanks(text, position)
            if closed := closing.match(text, position):
                return Group(tuple(calls), closed.end()) if calls else None
            if position == len(text) and calls and self.may_close:
                return Group(tuple(calls), position)
            group = inside.read(text, position)
            if group is None:
                if not calls and tag in ("calls", "tools"):
                    return None
                raise BadCallError(f"in <{tag}> stands {excerpt(text, position)} where a call is expected.")
            calls += group.calls
            position = group.end

    def _json(self, text: str, start: int) -> Group | None:
        return read_json(text, start, self.arguments, may_close=self.may_close, is_marked=self.is_marked)

    def _mistral(self, text: str, position: int) -> Group:
        marked = replace(self, is_marked=True)
        if named := _NAMED_JSON.match(text, position):
            return self._named(text, named["name"], named.end())
        group = marked._json(text, position) if text.startswith(("[", "{"), position) else None
        if group is None:
            raise BadCallError(
                f"behind {_MISTRAL} stands {excerpt(text, position)} where calls are expected."
            )
        return group

    def _named(self, text: str, name: str, position: int) -> Group:
        """A call whose name is said; its arguments are the object at a place."""
        reading = (
            read_object(text, position, may_close=self.may_close) if text.startswith("{", position) else None
        )
        if reading is None or reading.problem is not None:
            reason = reading.problem.reason if reading and reading.problem else "no object stands there"
            raise BadCallError(f"the arguments of {name} are no JSON that can be read: {reason}.")
        fence = re.compile(r"\s*```[ \t]*(?=\n|$)").match(text, reading.end)
        opened = text[max(0, position - 12) : position].rstrip().endswith(("```", "```json"))
        end = fence.end() if fence and opened else reading.end
        return Group((TextCall(name, reading.value),), end)

    def _python_tag(self, text: str, position: int) -> Group:
        marked = replace(self, is_marked=True)
        position = past_blanks(text, position)
        group = marked._json(text, position) if text.startswith(("{", "["), position) else None
        if group is not None:
            return group
        end = _TURN_END.search(text, position)
        calls = read_python(text[position : end.start() if end else len(text)])
        if not calls:
            raise BadCallError(
                f"behind {_PYTHON_TAG} stands {excerpt(text, position)} where a call is expected."
            )
        return Group(calls, end.end() if end else len(text))

    def _listed_python(self, text: str, start: int) -> Group | None:
        """A list of calls in Python's spelling that is all that is left of the reply."""
        if not _LISTED_PYTHON.match(text, start) or len(text) - start > _MAX_PYTHON:
            return None
        end = _TURN_END.search(text, start)
        calls = read_python(text[start : end.start() if end else len(text)])
        is_known = calls is not None and all(call.name in self.arguments for call in calls)
        return Group(calls, len(text)) if calls and is_known else None
