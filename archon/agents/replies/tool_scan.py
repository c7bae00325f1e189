"""Walks through a reply, and tells its calls from prose, quotes, thoughts and imagined results."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from archon.agents.replies.fences import Block
from archon.agents.replies.names import claim
from archon.agents.replies.tool_forms import BadCallError, Group, TextCall, excerpt, past_blanks
from archon.agents.replies.tool_marks import Forms
from archon.agents.replies.tool_python import read_python
from archon.agents.replies.tool_remarks import IGNORED, QUOTED, UNFENCED, UNSURE, WITHIN, stray
from archon.agents.replies.tool_tags import spelled_tags
from archon.agents.replies.tool_wording import (
    announces,
    calls_it_example,
    imagines_result,
    shows_output,
    takes_back,
)

_MAX_CALLS = 50
_MAX_TRIES = 500
"""How many places of one reply are looked at as bare JSON; each may cost the reply's length."""
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)")
_CODE_SPAN = re.compile(r"(?<!`)(`{1,3})(?!`)[^\n]*?(?<!`)\1(?!`)")
_THOUGHT = re.compile(r"\s*<(/?)(think|thinking|thought|reasoning|reflection|scratchpad)>", re.IGNORECASE)
_JSON_LANGUAGES = frozenset(
    {"", "json", "json5", "jsonc", "text", "tool", "tools", "tool_call", "tool_calls", "tool_code"}
)
_CALL_LANGUAGES = _JSON_LANGUAGES | {
    "xml",
    "html",
    "txt",
    "plaintext",
    "call",
    "calls",
    "function",
    "function_call",
}
"""What a fence around calls may be marked with."""
_PYTHON_LANGUAGES = frozenset({"tool_code", "tool_call", "tool_calls"})
_QUOTATION = re.compile(
    r"<(?:!--|(?P<tag>examples?|sample|template|quote|blockquote|pre|code|details)>)", re.IGNORECASE
)
_LINES_ABOVE = 3


@dataclass(frozen=True, slots=True)
class Scan:
    calls: tuple[TextCall, ...]
    said: str
    remark: str


def scan(text: str, forms: Forms) -> Scan:
    """The calls of a reply in order, and the text around them. Raises: BadCallError."""
    return _Scanner(text, forms).run()


@dataclass(slots=True)
class _Scanner:
    text: str
    forms: Forms
    position: int = 0
    calls: list[TextCall] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    remark: str = ""
    is_imagined: bool = False
    has_opened_thought: bool = False
    tries: int = 0
    call_end: int = -1
    is_unsure: bool = False
    """Whether text stands behind a call that may be an imagined result."""
    example_end: int = -1
    """Where a block of an example ends: one right behind it is of it too."""
    unclosed: set[str] = field(default_factory=set)
    """Closing tags of quotations that do not follow any more."""
    leftover: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.leftover = spelled_tags(self.forms.arguments)

    def run(self) -> Scan:
        while self.position < len(self.text):
            self._piece()
        return Scan(tuple(self.calls), "\n".join(self.said).strip(), self.remark)

    def _piece(self) -> None:
        """The next thing: a thought, a fenced block, a call, or a line of prose."""
        start = past_blanks(self.text, self.position)
        if start == len(self.text):
            self.position = start
            return
        line_start = max(self.position, self.text.rfind("\n", 0, start) + 1)
        if thought := _THOUGHT.match(self.text, start):
            self._thought(thought)
        elif (fence := _FENCE.match(self.text, line_start)) and fence.end("mark") > start:
            self._fence(fence)
        elif (end := self._quotation_end(start)) > 0:
            self._pass_over(start, end)
        elif start - line_start < 4 and (group := self._group(start)) is not None:
            self._plain_call(group)
        else:
            self._prose(line_start)

    def _thought(self, tag: re.Match[str]) -> None:
        """Passes over a thought; a closing tag without an opening one ends a thought that began the reply."""
        self.position = tag.end()
        if tag[1]:
            if not self.has_opened_thought:
                self.calls.clear()
                self.said.clear()
                self.is_imagined = self.is_unsure = False
                self.remark = ""
            return
        self.has_opened_thought = True
        closing = re.compile(rf"</{tag[2]}>", re.IGNORECASE).search(self.text, self.position)
        self.position = closing.end() if closing else len(self.text)

    def _group(self, start: int, *, with_json: bool = True) -> Group | None:
        if self.text.startswith(("{", "["), start):
            self.tries += 1
            with_json = with_json and self.tries <= _MAX_TRIES
        return replace(self.forms, with_json=with_json).read(self.text, start)

    def _above(self) -> str:
        """The words between here and the call or block before."""
        words: list[str] = []
        for line in reversed(self.said):
            if not line or "\n" in line or len(words) == _LINES_ABOVE:
                break
            words.insert(0, line.strip())
        return " ".join(words)

    def _quotation_end(self, start: int) -> int:
        """Where an element ends that begins here and only shows what it holds, or a comment; else 0."""
        opening = _QUOTATION.match(self.text, start)
        if opening is None or opening["tag"] in self.forms.arguments:
            return 0
        spelled = f"</{opening['tag']}>" if opening["tag"] else "-->"
        if spelled in self.unclosed:
            return 0
        closing = re.compile(re.escape(spelled)).search(self.text, opening.end())
        if closing is None:
            self.unclosed.add(spelled)
        return closing.end() if closing else 0

    def _pass_over(self, start: int, end: int) -> None:
        """Goes behind a quotation or a block of text, and tells of a call in it."""
        held = self.text[start:end]
        if self.calls:
            self.is_unsure = True
        elif not self.remark and any(self.leftover.match(line) for line in held.splitlines()):
            self.remark = WITHIN
        if not self.is_imagined:
            self.said.append(held.strip("\n"))
        self.position = end

    def _plain_call(self, group: Group) -> None:
        above = self._above()
        if calls_it_example(above) and not self.is_imagined:
            raise BadCallError(
                f"the words {above[-80:]!r} make the call of {group.calls[0].name} an example: write "
                "a call that is meant without them, and put one that is not into a code fence."
            )
        self._take(group.calls)
        self.position = self.call_end = group.end

    def _take(self, calls: tuple[TextCall, ...]) -> None:
        if self.is_unsure and not self.is_imagined:
            self._imagine(UNSURE)
        if self.is_imagined:
            return
        self.calls += calls
        self.said.append("")
        if len(self.calls) > _MAX_CALLS:
            raise BadCallError(f"it has more than {_MAX_CALLS} calls: send a few at a time.")

    def _fence(self, fence: re.Match[str]) -> None:
        info = fence["info"].strip()
        language = info.lower().partition(" ")[0]
        body = min(fence.end() + 1, len(self.text))
        is_example = calls_it_example(self._above()) or self._is_behind_example(fence.start())
        found = None if is_example else self._fenced_calls(fence, body, language)
        if found is not None:
            self._refuse_foreign(info, language)
            self._take(found.calls)
            self.position = found.end
            return
        end = self._fence_end(fence, body)
        if self.calls and shows_output(language):
            self._imagine(IGNORED)
        if is_example:
            self.example_end = end
            if not self.calls and self._has_call(fence, body, language):
                self.remark = self.remark or QUOTED
        self._pass_over(fence.start(), end)

    def _is_behind_example(self, start: int) -> bool:
        return self.example_end >= 0 and not self.text[self.example_end : start].strip()

    def _refuse_foreign(self, info: str, language: str) -> None:
        """Refuses a call in a block that is called a file, or a program in some language."""
        named = claim(Block(info, tuple(self.said[-1:]), ""))
        if named is not None and named.source in ("fence", "label"):
            raise BadCallError(f"a call stands in a block that is named {named.path!r}: {UNFENCED}")
        if language not in _CALL_LANGUAGES:
            raise BadCallError(f"a call stands in a code fence marked {language!r}: {UNFENCED}")

    def _has_call(self, fence: re.Match[str], body: int, language: str) -> bool:
        try:
            return self._fenced_calls(fence, body, language) is not None
        except BadCallError:
            return True

    def _fenced_calls(self, fence: re.Match[str], body: int, language: str) -> Group | None:
        """The calls of a block that holds nothing but calls."""
        closing = _closing(fence)
        if language in _PYTHON_LANGUAGES:
            end = closing.search(self.text, body)
            calls = read_python(self.text[body : end.start() if end else len(self.text)])
            if calls:
                return Group(calls, end.end() if end else len(self.text))
        calls_found: list[TextCall] = []
        position = body
        while True:
            position = past_blanks(self.text, position)
            line_start = self.text.rfind("\n", 0, position) + 1
            if calls_found and (closed := closing.match(self.text, line_start)):
                return Group(tuple(calls_found), closed.end())
            if position == len(self.text):
                return Group(tuple(calls_found), position) if calls_found and self.forms.may_close else None
            group = self._group(position, with_json=language in _JSON_LANGUAGES)
            if group is None and calls_found:
                raise BadCallError(
                    f"beside a call in a code fence stands {excerpt(self.text, position)}: {UNFENCED}"
                )
            if group is None:
                return None
            calls_found += group.calls
            position = group.end

    def _fence_end(self, fence: re.Match[str], body: int) -> int:
        closed = _closing(fence).search(self.text, body)
        return closed.end() if closed else len(self.text)

    def _prose(self, line_start: int) -> None:
        end = self.text.find("\n", line_start)
        end = len(self.text) if end < 0 else end
        line = self.text[line_start:end]
        self.position = end
        if line_start == self.call_end:
            raise BadCallError(
                f"behind a call stands {line.strip()[:50]!r} in the same line: begin a new line there."
            )
        if self.calls:
            self._behind_call(line)
        found = None if line.lstrip().startswith(">") else self.leftover.search(_CODE_SPAN.sub(" ", line))
        if found is not None:
            raise BadCallError(stray(found[0].strip()))
        if not self.is_imagined:
            self.said.append(line)

    def _behind_call(self, line: str) -> None:
        """Takes a line behind a call for an imagined result, a change of mind, or words to the next call."""
        if imagines_result(line):
            self._imagine(IGNORED)
        elif not self.is_imagined and takes_back(line):
            raise BadCallError(
                f"the words {line.strip()[:80]!r} take a call back: send only the calls that are meant."
            )
        self.is_unsure = self.is_unsure or not announces(line)

    def _imagine(self, remark: str) -> None:
        self.is_imagined = True
        self.remark = remark


def _closing(fence: re.Match[str]) -> re.Pattern[str]:
    mark = fence["mark"]
    return re.compile(rf"^[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*\r?$", re.MULTILINE)
